/**
 * The first generators of a label, compressed, as hex, by curve and label. nova-snark asserts none; these come from an
 * independent implementation, and those of "ck" go into digests that nova-snark does assert.
 */
export const GENERATOR_VECTORS: Record<string, Record<string, readonly string[]>> = {
  pallas: {
    ck: [
      '831ce30f60b003fb6310bb0915cbf344ad21e21fb4c9a8d14fd57b3cbd880a87',
      'f025e536fd8fc9216f3d1c860a1b2fc99cc91e5b9722448d125e7ee0fbea3f19',
      '7f7541a77166d5ce2953426ece2a86028d4e18fb0c404d10034791544e36dca9',
    ],
    ipa: [
      'f444c6bcff14f0070ceecd76806ae1a90fa96e7d1ab3d2ebdf9ba49c05db141a',
      'cceb5c1bec59e543a0cf17b14aff3edb2eabeda58f825b85a0c6121e6e64c383',
    ],
  },
  vesta: {
    ck: [
      '3a374c57bd1aa8911930bda8645c6a497cf6715739962fc9da87c6947ca20095',
      '7354749f878c31b5a5ead1e5e287818109caaf82efee284df2e62e7e89b1330e',
      '0c850cbb835900c1c1ae509a0d594071dd00a20df955b7087bafd86d17de5487',
    ],
    ipa: [
      'fae4331841f88a29442c0f808bebb07ceb652d5228f270de01f5a5811da7e236',
      '0f5cb06a1040d0ebcac72fa05a33718b29743038dc3e36b594c5c7f5418f22ae',
    ],
  },
  bn256: {
    ck: [
      '702552d34af3bfb8a9b18245b201b93f44ec320fa42981db0f80d79e2e5c0429',
      '66d00aa6f5ed9423eb93655070f649a861c8f9dec70927444f74ac8896174e8d',
      '1941eca68b32823af8ab16371e719438fd6d3dc786baebc8cd8b166c9560da2b',
    ],
    ipa: [
      '40fe47e6526e4e62d67da811077c97fee96eac03a00b626ecf287db75433d8a0',
      'b01306ebc5d20b1b10496f3d2efb3c4f839135b0d6bd57a4403109396db6e21e',
    ],
  },
  grumpkin: {
    ck: [
      'b77cd6c6b95524ff9e5fffddf520f714b70d1a63857379000deb8c38736c4a94',
      'da04349ffe210dacac0edfc90136c939702d7fc021d372d0b3aa0bceee3e9e2b',
      'cae3854acce78d4dc3859c6746f1f0c538195fbef1df7fadd9d4402c3d67562b',
    ],
    ipa: [
      'cf64853dd360d857aa79d59deca033bb6ba95625bf228899ced7cd1fa60b200d',
      '248ebf5475d094c6b7150771a6838e9ab69c0def91a6a0f01b48418d9d92ec9f',
    ],
  },
  secp256k1: {
    ck: [
      '8047cca0b4d29a688bf5dff8fee14e1d29eef493589c6b2de415c3c92c3c0f1150',
      '80a887a003c92c7d5c181e7363434a88bb7b86c27e5932a02652acd52e0166af47',
      '0039f2117e76840bfb4bb2e868e6f2ea0b3a113a386d57cf03d57bc9bcebd5b0be',
    ],
  },
  secq256k1: {
    ck: [
      '80526bd59227fb410b006d65d0964da9c3ab8cfe2ba2552f5716974aa19d4899be',
      '001e57a798f609bec5a95bb2b0a8d002dceb8ee402dc6d96a6fb6b373fef66f8bc',
      '802770d1cbe98a84a0e05356cf4f011e04ee33b211d782b31c3f372908254df1fd',
    ],
  },
};
