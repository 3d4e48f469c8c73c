/**
 * What of a session description must travel by hand, and a whole one made of it again (docs/spec/nearby.md). All else is
 * the same in every one of ours: one data channel, host candidates over UDP.
 */
import { bytesToHex, hexToBytes } from '../../foundation/bytes.ts';
import { normalCandidate } from '../../protocol/nearby-address.ts';
import { MAX_NEARBY_CANDIDATES, type NearbyDescription } from '../../protocol/nearby-code.ts';

/** Undefined for a description that is not one of ours: no SHA-256 fingerprint, no credentials. */
export function describeSdp(sdp: string): NearbyDescription | undefined {
  const ufrag = /^a=ice-ufrag:(\S+)\r?$/mu.exec(sdp)?.[1];
  const password = /^a=ice-pwd:(\S+)\r?$/mu.exec(sdp)?.[1];
  const hex = /^a=fingerprint:sha-256 ([0-9A-F:]+)\r?$/imu.exec(sdp)?.[1]?.replaceAll(':', '').toLowerCase();
  if (ufrag === undefined || password === undefined || hex?.length !== 64) return undefined;
  const lines = [...sdp.matchAll(/^a=candidate:\S+ 1 udp \d+ (\S+) (\d+) typ host\b/gimu)];
  const candidates = lines
    .map(([, address = '', port]) => normalCandidate({ address, port: Number(port) }))
    .filter((candidate) => candidate !== undefined)
    // Names and IPv4 first: they lead to a neighbour on almost every network.
    .sort((a, b) => Number(a.address.includes(':')) - Number(b.address.includes(':')));
  return { ufrag, password, fingerprint: hexToBytes(hex), candidates: candidates.slice(0, MAX_NEARBY_CANDIDATES) };
}

export function sdpOf({ ufrag, password, fingerprint, candidates }: NearbyDescription, type: RTCSdpType): string {
  const colons = (bytesToHex(fingerprint).toUpperCase().match(/../gu) ?? []).join(':');
  const lines = [
    'v=0',
    'o=- 1 1 IN IP4 127.0.0.1',
    's=-',
    't=0 0',
    'a=group:BUNDLE 0',
    'm=application 9 UDP/DTLS/SCTP webrtc-datachannel',
    'c=IN IP4 0.0.0.0',
    'a=mid:0',
    `a=ice-ufrag:${ufrag}`,
    `a=ice-pwd:${password}`,
    `a=fingerprint:sha-256 ${colons}`,
    `a=setup:${type === 'offer' ? 'actpass' : 'active'}`,
    'a=sctp-port:5000',
    'a=max-message-size:262144',
    ...candidates.map(
      ({ address, port }, i) =>
        `a=candidate:${String(i + 1)} 1 udp ${String(2_113_937_151 - i)} ${address} ${String(port)} typ host`,
    ),
  ];
  return `${lines.join('\r\n')}\r\n`;
}
