//! One step, proved without recursion (nova-snark's DirectSNARK): the public input is z0, then z1.
use crate::circuits::Circuit;
use crate::session::{milliseconds, text, texts, Command, Outcome, Request};
use crate::values::{decode, encode, parse_field, sha3_text};
use nova_snark::{
    spartan::direct::DirectSNARK,
    traits::{snark::RelaxedR1CSSNARKTrait, Engine},
};
use serde_json::json;
use std::time::Instant;

/// Runs `make-direct` or `verify-direct`. The request's z0 is the start for the one, and the whole public input for the other.
pub fn run<E: Engine, S: RelaxedR1CSSNARKTrait<E>>(request: &Request) -> Result<Outcome, String> {
    let circuit = Circuit::parse(&request.circuit)?;
    let given = match &request.z0 {
        Some(texts) => Some(texts.iter().map(|text| parse_field(text)).collect::<Result<Vec<_>, _>>()?),
        None => None,
    };
    let started = Instant::now();
    let (pk, vk) = DirectSNARK::<E, S, Circuit>::setup(circuit).map_err(text)?;
    let setup_ms = milliseconds(started);
    match &request.command {
        Command::Make => {
            let z0: Vec<E::Scalar> = given.unwrap_or_else(|| circuit.default_z0());
            let started = Instant::now();
            let proof = DirectSNARK::<E, S, Circuit>::prove(&pk, circuit, &z0).map_err(text)?;
            let prove_ms = milliseconds(started);
            let (bytes, vk) = (encode(&proof)?, encode(&vk)?);
            let facts = json!({
                "circuit": request.circuit,
                "cycle": request.cycle,
                "snark": request.snark,
                "z0": texts::<E>(&z0),
                "direct_bytes": bytes.len(),
                "direct_sha3": sha3_text(&bytes),
                "vk_bytes": vk.len(),
                "vk_sha3": sha3_text(&vk),
                "seed": std::env::var("NOVA_SEED").ok(),
                "setup_ms": setup_ms,
                "prove_ms": prove_ms,
            });
            Ok(Outcome { facts, files: vec![("direct.bin", bytes), ("vk.bin", vk)] })
        }
        Command::Verify { proof, .. } => {
            let io = given.ok_or("verify-direct needs --z0 with the whole public input: z0, then z1")?;
            let proof: DirectSNARK<E, S, Circuit> = decode(proof)?;
            proof.verify(&vk, &io).map_err(text)?;
            Ok(Outcome { facts: json!({ "accepted": true, "io": texts::<E>(&io) }), files: vec![] })
        }
        Command::Params | Command::Bench { .. } => Err("there is no such command for direct proofs".into()),
    }
}
