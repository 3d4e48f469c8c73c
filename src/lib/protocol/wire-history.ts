/**
 * The history of the bytes. `schema` is the hash of all frozen vectors: whoever changes a byte of any format fails the
 * test until a line with a new version stands here (docs/spec/encoding.md tells the same history in words).
 */
export interface WireVersion {
  readonly version: number;
  /** BLAKE2b-256 over the frozen vectors, as hex. */
  readonly schema: string;
  readonly change: string;
}

export const WIRE_HISTORY: readonly [WireVersion, ...WireVersion[]] = [
  {
    version: 1,
    schema: '3557f37f74048c2c6c399942db3361b7aa16b1bd5553ab863bb7f5f5d8d6a08d',
    change: 'The first: envelope LFE1 suite 1, frames 1, bundle LFB1 version 1, invite link version 1.',
  },
  {
    version: 2,
    schema: 'fe30f0babcde384e76d642b949a8873624f971587c4daf623de8a44b9006039b',
    change: 'Personal records: what the devices of one person tell each other.',
  },
  {
    version: 3,
    schema: '9bec0dac34e64671b3a6277d114cc26abb516b9830b6d27cb1e2caeb8d38d450',
    change: 'Codes of devices that meet without a server; an invitation link may be without a relay.',
  },
  {
    version: 4,
    schema: 'e1147e13ba022763a3dc146ca9aa76de3753a1183ad6470c661e037d7e08f63d',
    change: 'Pairing of two devices: code, messages, grant, announced keys.',
  },
  {
    version: 5,
    schema: '113beace18b28877c5f7f7e748a33dc9893695f6f8f8e2648fd4f3ee5bae537b',
    change:
      'Membership and attests are sealed under a record secret; epochs commit to it and chain it (field 7); a box follows from its secret.',
  },
  {
    version: 6,
    schema: '1cead10b3b61d35d4a4be119f58b77c75f0d3b6ce4b2804a00eba83f4229f306',
    change:
      'Letters of an invitation: the note says more, ask, reveal and verdict are new [I3]. Fork proofs [C4], safety numbers as text [I6].',
  },
  {
    version: 7,
    schema: '67852280e0ded45527261133c0b8fdc4dd8b59cec2c5a6fb57a2bd6c95c1ad4e',
    change: 'The encrypted backup file LFK1 version 1; card, request and release of trustees, version 1.',
  },
  {
    version: 8,
    schema: '21b33e0a433b164204f863d36c3d3c975c126bc9adcf916468e7b751c7edbc2b',
    change: 'Notes of own devices; a recovery device may be added later.',
  },
  {
    version: 9,
    schema: '69f1cad98151da52f3f5f03cc61b990c648b9891dddce7989ff384a762645d9f',
    change: 'A genesis may name a parent (field 6); letters to single devices; the membership file, version 1.',
  },
  {
    version: 10,
    schema: '1eb36a3cc01b7a0fd57ddf11105f7f23f969438778bf75301a62d3ac2db90239',
    change: 'The ids of the parts in which a document goes on for newcomers.',
  },
  {
    version: 11,
    schema: '00623f693066baed5fed7b77a79523e833df863f9ab6799b256ac7f59563f508',
    change: 'Testimonies (type 7): entries of a chain that forked, told to those who hold another branch.',
  },
];
