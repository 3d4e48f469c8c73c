/**
 * [X1] Every hash, signature and AAD begins with its own ASCII context, and all of them stand here. No context is the
 * prefix of another, so bytes made for one use can never be read as bytes of another use (proven in the test beside).
 */
export const CONTEXTS = {
  envelopeAad: 'lf/v1/env-aad',
  envelopeId: 'lf/v1/env-id',
  envelopeSignature: 'lf/v1/env-sig',
  spaceId: 'lf/v1/space',
  membershipRef: 'lf/v1/mref',
  claim: 'lf/v1/claim',
  claimCommitment: 'lf/v1/commitment',
  claimId: 'lf/v1/invite-claim-id',
  approvalDigits: 'lf/v1/approval-digits',
  card: 'lf/v1/card',
  epochPrevious: 'lf/v1/epoch-prev',
  keybox: 'lf/v1/keybox-aad',
  mailbox: 'lf/v1/mailbox-aad',
  auth: 'lf/v1/auth',
  relayProof: 'lf/v1/relay-proof',
  acl: 'lf/v1/acl',
  recoverySeed: 'lf/v1/words',
  safetyNumber: 'lf/v1/safety-number',
  vaultSlot: 'lf/v1/vault-slot-aad',
  vaultBody: 'lf/v1/vault-body-aad',
  localRow: 'lf/v1/local-row-aad',
  membershipExport: 'lf/v1/membership-file',
  pairing: 'lf/v1/pairing-aad',
  pairingCommitment: 'lf/v1/pairing-commit',
  pairingDigits: 'lf/v1/pairing-digits',
} as const;

export type Context = (typeof CONTEXTS)[keyof typeof CONTEXTS];

/** Labels of `KDF(key, label, ctx)`; on the wire each reads `lf/v1/<label>` ‖ 0x00. */
export const KDF_LABELS = [
  'content',
  'doc',
  'tag',
  'commit',
  'prev',
  'records',
  'keybox',
  'box-seed',
  'actor',
  'rec-sign',
  'rec-kem',
  'mbx-id',
  'mbx-key',
  'identity',
  'invite-sign',
  'invite-mbx-id',
  'invite-mbx-key',
  'invite-letter',
  'vault-pass',
  'vault-prf',
  'db',
  'room',
  'room-pass',
  'nearby-answer',
  'nearby-pair',
  'pair-mbx-id',
  'pair-mbx-key',
  'pair-hello',
  'pair-proof',
  'pair-grant',
  'pair-kept',
  'pair-done',
] as const;

export type KdfLabel = (typeof KDF_LABELS)[number];
