//! Times a Pedersen commitment, which is nova-snark's multi-scalar multiplication (src/provider/msm.rs).
use crate::session::{median, milliseconds};
use ff::Field;
use nova_snark::{
    provider::{Bn256EngineIPA, GrumpkinEngine, PallasEngine, Secp256k1Engine, Secq256k1Engine, VestaEngine},
    traits::{commitment::CommitmentEngineTrait, Engine},
};
use serde_json::{json, Value};
use std::time::Instant;

/// What `commit` is to time: commitments to 2^log elements on a curve, `dense` or `bits`.
pub struct Task {
    pub curve: String,
    pub scalars: String,
    pub log: u32,
    pub samples: usize,
}

pub fn run(task: &Task) -> Result<Value, String> {
    match task.curve.as_str() {
        "pallas" => measure::<PallasEngine>(task),
        "vesta" => measure::<VestaEngine>(task),
        "bn256" => measure::<Bn256EngineIPA>(task),
        "grumpkin" => measure::<GrumpkinEngine>(task),
        "secp256k1" => measure::<Secp256k1Engine>(task),
        "secq256k1" => measure::<Secq256k1Engine>(task),
        other => Err(format!("no curve '{other}'")),
    }
}

fn measure<E: Engine>(task: &Task) -> Result<Value, String> {
    if task.log > 24 {
        return Err("--log is at most 24".into());
    }
    let n = 1 << task.log;
    let v: Vec<E::Scalar> = match task.scalars.as_str() {
        "dense" => {
            // full-size, all different; how random they are does not matter to the time
            let mut x = E::Scalar::from(5);
            (0..n)
                .map(|i| {
                    x = x.square() + E::Scalar::from(i);
                    x
                })
                .collect()
        }
        "bits" => (0..n).map(|i| E::Scalar::from(i & 1)).collect(),
        other => return Err(format!("no scalars '{other}': use dense or bits")),
    };
    let started = Instant::now();
    let ck = E::CE::setup(b"ck", v.len()).map_err(|e| format!("{e:?}"))?;
    let setup_ms = milliseconds(started);
    let commit_ms = (0..task.samples)
        .map(|_| {
            let started = Instant::now();
            std::hint::black_box(E::CE::commit(&ck, &v, &E::Scalar::ZERO));
            milliseconds(started)
        })
        .collect();
    Ok(json!({
        "setup_ms": setup_ms,
        "commit_ms": median(commit_ms),
        "threads": rayon::current_num_threads(),
    }))
}
