//! The built-in step circuits, in nova-snark's frontend. Every allocation and constraint is in the order in which
//! the TypeScript side makes it: variables and rows are numbered by that order, and the digest of the public
//! parameters hashes the result.
use crate::values::modulus;
use ff::PrimeField;
use nova_snark::{
    frontend::{
        num::{AllocatedNum, Num},
        sha256, AllocatedBit, Boolean, ConstraintSystem, SynthesisError,
    },
    traits::circuit::StepCircuit,
};
use num_bigint::BigUint;

#[derive(Clone, Copy, Debug)]
pub enum Circuit {
    /// z' = z, no constraint.
    Trivial,
    /// z' = z^3 + z + 5, 3 constraints.
    Cubic,
    /// That many squarings in a row, one constraint each.
    Square(usize),
    /// That many MinRoot iterations (ePrint 2022/1626) (x, y) -> ((x + y)^(1/5), x), 3 constraints each.
    MinRoot(usize),
    /// That many registers, z'_i = z_i z_(i+1) + 1 with the indices taken round, one constraint each.
    Wide(usize),
    /// z' is the SHA-256 of a private message: its length in bytes, and the step whose message it is.
    Sha256(usize, usize),
}

impl Circuit {
    /// Reads `cubic` or `square:1000`.
    pub fn parse(text: &str) -> Result<Self, String> {
        let unknown =
            || format!("no circuit '{text}': use trivial, cubic, square:N, minroot:N, wide:N or sha256:N");
        match text.split_once(':') {
            None if text == "trivial" => Ok(Self::Trivial),
            None if text == "cubic" => Ok(Self::Cubic),
            None => Err(unknown()),
            Some((kind, size)) => match (kind, size.parse().map_err(|_| unknown())?) {
                ("square", n) => Ok(Self::Square(n)),
                ("minroot", n) => Ok(Self::MinRoot(n)),
                ("wide", n) if n > 0 => Ok(Self::Wide(n)),
                ("sha256", n) => Ok(Self::Sha256(n, 0)),
                _ => Err(unknown()),
            },
        }
    }

    /// The circuit with the private input of a step, counted from 0.
    pub fn at(self, step: usize) -> Self {
        match self {
            Self::Sha256(bytes, _) => Self::Sha256(bytes, step),
            other => other,
        }
    }

    /// The start that is used when none is given.
    pub fn default_z0<F: PrimeField>(&self) -> Vec<F> {
        match *self {
            Self::Trivial | Self::Cubic | Self::Square(_) | Self::Sha256(..) => vec![F::from(2)],
            Self::MinRoot(_) => vec![F::ZERO, F::ONE],
            Self::Wide(n) => (1..=n as u64).map(F::from).collect(),
        }
    }
}

impl<F: PrimeField> StepCircuit<F> for Circuit {
    fn arity(&self) -> usize {
        match *self {
            Self::MinRoot(_) => 2,
            Self::Wide(n) => n,
            _ => 1,
        }
    }

    fn synthesize<CS: ConstraintSystem<F>>(
        &self,
        cs: &mut CS,
        z: &[AllocatedNum<F>],
    ) -> Result<Vec<AllocatedNum<F>>, SynthesisError> {
        match *self {
            Self::Trivial => Ok(z.to_vec()),
            Self::Cubic => cubic(cs, &z[0]),
            Self::Square(n) => square(cs, &z[0], n),
            Self::MinRoot(n) => minroot(cs, &z[0], &z[1], n),
            Self::Wide(n) => (0..n)
                .map(|i| product_plus_one(cs.namespace(|| format!("register {i}")), &z[i], &z[(i + 1) % n]))
                .collect(),
            Self::Sha256(bytes, step) => hash(cs, bytes, step),
        }
    }
}

/// The value of a variable; there is none while only the shape is being made, where no closure that asks is run.
fn value<F: PrimeField>(x: &AllocatedNum<F>) -> Result<F, SynthesisError> {
    x.get_value().ok_or(SynthesisError::AssignmentMissing)
}

fn cubic<F: PrimeField, CS: ConstraintSystem<F>>(
    cs: &mut CS,
    x: &AllocatedNum<F>,
) -> Result<Vec<AllocatedNum<F>>, SynthesisError> {
    let five = F::from(5);
    let x2 = x.square(cs.namespace(|| "x^2"))?;
    let x3 = x2.mul(cs.namespace(|| "x^3"), x)?;
    let y = AllocatedNum::alloc(cs.namespace(|| "y"), || Ok(value(&x3)? + value(x)? + five))?;
    cs.enforce(
        || "(x^3 + x + 5) * 1 = y",
        |lc| lc + x3.get_variable() + x.get_variable() + (five, CS::one()),
        |lc| lc + CS::one(),
        |lc| lc + y.get_variable(),
    );
    Ok(vec![y])
}

fn square<F: PrimeField, CS: ConstraintSystem<F>>(
    cs: &mut CS,
    x: &AllocatedNum<F>,
    n: usize,
) -> Result<Vec<AllocatedNum<F>>, SynthesisError> {
    let mut x = x.clone();
    for i in 0..n {
        x = x.square(cs.namespace(|| format!("squaring {i}")))?;
    }
    Ok(vec![x])
}

/// The root is not computed in the circuit but checked there: r^5 = x + y.
fn minroot<F: PrimeField, CS: ConstraintSystem<F>>(
    cs: &mut CS,
    x: &AllocatedNum<F>,
    y: &AllocatedNum<F>,
    n: usize,
) -> Result<Vec<AllocatedNum<F>>, SynthesisError> {
    let exponent = fifth_root_exponent::<F>();
    let (mut x, mut y) = (x.clone(), y.clone());
    for i in 0..n {
        let r = AllocatedNum::alloc(cs.namespace(|| format!("r {i}")), || {
            Ok((value(&x)? + value(&y)?).pow_vartime(&exponent))
        })?;
        let r2 = r.square(cs.namespace(|| format!("r^2 {i}")))?;
        let r4 = r2.square(cs.namespace(|| format!("r^4 {i}")))?;
        cs.enforce(
            || format!("r^4 * r = x + y {i}"),
            |lc| lc + r4.get_variable(),
            |lc| lc + r.get_variable(),
            |lc| lc + x.get_variable() + y.get_variable(),
        );
        (x, y) = (r, x);
    }
    Ok(vec![x, y])
}

fn product_plus_one<F: PrimeField, CS: ConstraintSystem<F>>(
    mut cs: CS,
    a: &AllocatedNum<F>,
    b: &AllocatedNum<F>,
) -> Result<AllocatedNum<F>, SynthesisError> {
    let out = AllocatedNum::alloc(cs.namespace(|| "out"), || Ok(value(a)? * value(b)? + F::ONE))?;
    cs.enforce(
        || "a * b = out - 1",
        |lc| lc + a.get_variable(),
        |lc| lc + b.get_variable(),
        |lc| lc + out.get_variable() - CS::one(),
    );
    Ok(out)
}

/// The hash of the message whose byte j is step + j mod 256: bit i of the hash, in the hash's order, weighs 2^i.
fn hash<F: PrimeField, CS: ConstraintSystem<F>>(
    cs: &mut CS,
    bytes: usize,
    step: usize,
) -> Result<Vec<AllocatedNum<F>>, SynthesisError> {
    let message = (0..bytes).flat_map(|j| (0..8).rev().map(move |k| ((step + j) >> k) & 1 == 1));
    let bits = message
        .enumerate()
        .map(|(i, bit)| {
            AllocatedBit::alloc(cs.namespace(|| format!("bit {i}")), Some(bit)).map(Boolean::from)
        })
        .collect::<Result<Vec<_>, _>>()?;
    let mut sum = Num::<F>::zero();
    let mut weight = F::ONE;
    for bit in sha256(cs.namespace(|| "sha256"), &bits)? {
        sum = sum.add_bool_with_coeff(CS::one(), &bit, weight);
        weight = weight.double();
    }
    let out = AllocatedNum::alloc(cs.namespace(|| "hash"), || {
        sum.get_value().ok_or(SynthesisError::AssignmentMissing)
    })?;
    cs.enforce(|| "packing", |_| sum.lc(F::ONE), |lc| lc + CS::one(), |lc| lc + out.get_variable());
    Ok(vec![out])
}

/// e with (x^e)^5 = x for all x: the one among (k (p - 1) + 1) / 5, k = 1..4, that is an integer. It exists because
/// 5 does not divide p - 1 in any of the six fields.
fn fifth_root_exponent<F: PrimeField>() -> Vec<u64> {
    let order = modulus::<F>() - 1u32;
    (1u32..5)
        .map(|k| &order * k + 1u32)
        .find(|multiple| multiple % 5u32 == BigUint::ZERO)
        .map(|multiple| (multiple / 5u32).to_u64_digits())
        .expect("5 does not divide p - 1")
}
