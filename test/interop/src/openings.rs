//! Evaluation arguments of the pairing-based schemes about small polynomials, without any randomness.
use crate::values::{encode, field_text};
use ff::Field;
use nova_snark::{
    provider::{hyperkzg, mercury, Bn256EngineKZG},
    traits::{
        commitment::CommitmentEngineTrait, evaluation::EvaluationEngineTrait, Engine, TranscriptEngineTrait,
    },
};
use serde_json::{json, Value};
use std::{fs::File, io::BufReader, path::Path};

type E = Bn256EngineKZG;
type F = <E as Engine>::Scalar;
type CE = <E as Engine>::CE;
type Key = <CE as CommitmentEngineTrait<E>>::CommitmentKey;

/// Powers of tau that the largest polynomial takes.
const POWER: u32 = 10;

/// The polynomials: their value at i < n.
fn value(polynomial: &str, i: usize, n: usize) -> F {
    match polynomial {
        "powers" => F::from(3).pow([i as u64 + 7]),
        "constant" => F::from(9),
        "last" if i == n - 1 => F::ONE,
        _ => F::ZERO,
    }
}

/// The arguments of test/fixtures/openings.json, under the powers of tau of a folder.
pub fn run(ptau: &Path) -> Result<Value, String> {
    let path = ptau.join(format!("ppot_pruned_{POWER}.ptau"));
    let file = File::open(&path).map_err(|e| format!("{}: {e}", path.display()))?;
    let ck = CE::load_setup(&mut BufReader::new(file), b"ck", 1 << POWER).map_err(|e| e.to_string())?;
    let mut out = vec![];
    for variables in [1, 2, 3, 6, 9] {
        out.push(open::<hyperkzg::EvaluationEngine<E>>("hyperkzg", &ck, variables, "powers")?);
    }
    for polynomial in ["constant", "last", "zero"] {
        out.push(open::<hyperkzg::EvaluationEngine<E>>("hyperkzg", &ck, 4, polynomial)?);
    }
    for variables in [2, 3, 4, 7, 10] {
        out.push(open::<mercury::EvaluationEngine<E>>("mercury", &ck, variables, "powers")?);
    }
    // nova-snark's Mercury panics on the zero polynomial
    for polynomial in ["constant", "last"] {
        out.push(open::<mercury::EvaluationEngine<E>>("mercury", &ck, 4, polynomial)?);
    }
    Ok(json!(out))
}

fn open<EE: EvaluationEngineTrait<E>>(
    scheme: &str,
    ck: &Key,
    variables: usize,
    polynomial: &str,
) -> Result<Value, String> {
    let err = |e: nova_snark::errors::NovaError| format!("{e:?}");
    let n = 1 << variables;
    let values: Vec<F> = (0..n).map(|i| value(polynomial, i, n)).collect();
    let point: Vec<F> = (0..variables).map(|k| F::from(5).pow([100 + k as u64])).collect();
    let eval = point.iter().fold(values.clone(), |table, x| {
        let (lo, hi) = table.split_at(table.len() / 2);
        lo.iter().zip(hi).map(|(lo, hi)| *lo + *x * (*hi - lo)).collect()
    })[0];
    let (pk, vk) = EE::setup(ck).map_err(err)?;
    let comm = CE::commit(ck, &values, &F::ZERO);
    let mut transcript = <E as Engine>::TE::new(b"vector");
    let arg = EE::prove(ck, &pk, &mut transcript, &comm, &values, &point, &eval).map_err(err)?;
    let next = transcript.squeeze(b"after").map_err(err)?;
    EE::verify(&vk, &mut <E as Engine>::TE::new(b"vector"), &comm, &point, &eval, &arg).map_err(err)?;
    Ok(json!({
        "scheme": scheme,
        "variables": variables,
        "polynomial": polynomial,
        "comm": hex::encode(encode(&comm)?),
        "value": field_text(&eval),
        "argument": hex::encode(encode(&arg)?),
        "verifier_key": hex::encode(encode(&vk)?),
        "next_challenge": field_text(&next),
    }))
}
