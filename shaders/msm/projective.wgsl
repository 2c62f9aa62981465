// Text that kernels share: points (X : Y : Z) in Montgomery form, lazy (<= B of the field library).

struct Projective {
  x: Fe,
  y: Fe,
  z: Fe,
}
