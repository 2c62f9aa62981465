/**
 * Full 32-byte outputs (little-endian hex) of Poseidon in nova-snark's sponge, by field: rate 24 on [1, 2, 3] and on
 * [0, ..., 29] (two permutations), rate 5 on [1, 2, 3]. nova-snark asserts no outputs; these come from an independent
 * implementation.
 */
export const POSEIDON_VECTORS: Record<string, { wide3: string; wide30: string; narrow3: string }> = {
  'pallas.base': {
    wide3: 'a388b83484bd7fadbb79744dccf39fa1c46fdf17d79dd0dfb84ffe8710bb9515',
    wide30: '069817feec2b83fb7118026c4275c0adfc4f81bc2986896a7362793eeccfb314',
    narrow3: '56e8e031c7562c67318b444b67efef4b8f0234a3382aa1f7cd6774fa4d748b01',
  },
  'vesta.base': {
    wide3: 'a14307c30af52c5d8606f0afd98e73e06d477020cee9fd4463d6d8e2283a8413',
    wide30: 'a685bb8e7f9a87fad15d5a911a304fed0fa56462a9c5fb0effd87ad38e2c882e',
    narrow3: '23489eff5a6a7f68b4d68d6fd35cc48415b4bae98b9f2d06944f6cb0c59b202d',
  },
  'bn256.base': {
    wide3: '981f31208db7c55102acf355e0df6974521affb6e7bed324c772e03056fbcd1e',
    wide30: '3eea99f6c755c6be5a89afe0c666b4d9f0272b6e1a1495568a2932e7d90c8d21',
    narrow3: '26c5ff7732376460d768d9b79b878f248cbee9f3aa24e7e669840631956e9301',
  },
  'grumpkin.base': {
    wide3: '4cce3dc93a93b47c532d8030372ac72c126f7fde4b228dfde098d3d110db0904',
    wide30: '2589080645333a1892052201dec9a492020aa2c65ffb6b428f5f66fee862aa28',
    narrow3: '72334848cd310ae96814642969323194436d5049f8be18e73154f70b27f13b1c',
  },
  'secp256k1.base': {
    wide3: 'b847a6ca2bb889f8650f46ec8d95d8b2c768f992ab4247edde77a8e3d49ef0cb',
    wide30: 'b2d91a45e994ebfadbb9749cba275d1258e0575a118c6d6110efffa66a552d34',
    narrow3: 'f1e14ca85f692cf9c06e38a6fbaf3b49eb9f651a170ae1ac6d5cd8def70db0a3',
  },
  'secq256k1.base': {
    wide3: '9afda9d60f74985a949fdd8f03589bf8d75b6c43b6fb1062f16d6096f9415639',
    wide30: 'e12bd6d770c2d046b7ad36cea9740a466190643d175bd225210ed369412e9556',
    narrow3: '075ab0454ffc53d3e3784a21da7d7231cc2ec12fd0e4f455448f170b41486ec6',
  },
};
