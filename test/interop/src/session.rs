//! The commands on one curve cycle.
use crate::circuits::Circuit;
use crate::values::{decode, encode, field_text, parse_field, sha3_text};
use nova_snark::{
    errors::NovaError,
    nova::{PublicParams, RecursiveSNARK},
    traits::{
        snark::{default_ck_hint, RelaxedR1CSSNARKTrait},
        Engine,
    },
};
use serde_json::{json, Value};
use std::time::Instant;

/// What the command line asked for.
pub struct Request {
    pub command: Command,
    pub cycle: String,
    pub circuit: String,
    /// Which commitment-key size hint: `default`, `ppsnark` (primary curve) or `ppsnark2` (both).
    pub hint: String,
    pub steps: usize,
    pub z0: Option<Vec<String>>,
}

pub enum Command {
    Params,
    /// Writes nothing itself: the proof is in `Outcome::proof`.
    Make,
    Verify {
        proof: Vec<u8>,
    },
    Bench {
        samples: usize,
    },
}

pub struct Outcome {
    pub facts: Value,
    pub proof: Option<Vec<u8>>,
}

/// Public parameters of a step circuit on the cycle (E1, E2), and where it starts.
struct Session<E1, E2>
where
    E1: Engine<Base = <E2 as Engine>::Scalar>,
    E2: Engine<Base = <E1 as Engine>::Scalar>,
{
    circuit: Circuit,
    z0: Vec<E1::Scalar>,
    pp: PublicParams<E1, E2, Circuit>,
    setup_ms: f64,
}

/// Runs a request. P1 and P2 are the preprocessing SNARKs whose hints `ppsnark` and `ppsnark2` stand for.
pub fn run<E1, E2, P1, P2>(request: &Request) -> Result<Outcome, String>
where
    E1: Engine<Base = <E2 as Engine>::Scalar>,
    E2: Engine<Base = <E1 as Engine>::Scalar>,
    P1: RelaxedR1CSSNARKTrait<E1>,
    P2: RelaxedR1CSSNARKTrait<E2>,
{
    let session = Session::<E1, E2>::open::<P1, P2>(request)?;
    let mut facts = json!({
        "circuit": request.circuit,
        "cycle": request.cycle,
        "hint": request.hint,
        "digest": field_text(&session.pp.digest()),
        "constraints": session.pp.num_constraints(),
        "variables": session.pp.num_variables(),
    });
    let (more, proof) = match &request.command {
        Command::Params => (json!({}), None),
        Command::Make => session.make(request.steps).map(|(facts, proof)| (facts, Some(proof)))?,
        Command::Verify { proof } => (session.verify(request.steps, proof)?, None),
        Command::Bench { samples } => (session.bench(*samples)?, None),
    };
    for (name, fact) in more.as_object().into_iter().flatten() {
        facts[name] = fact.clone();
    }
    Ok(Outcome { facts, proof })
}

impl<E1, E2> Session<E1, E2>
where
    E1: Engine<Base = <E2 as Engine>::Scalar>,
    E2: Engine<Base = <E1 as Engine>::Scalar>,
{
    fn open<P1, P2>(request: &Request) -> Result<Self, String>
    where
        P1: RelaxedR1CSSNARKTrait<E1>,
        P2: RelaxedR1CSSNARKTrait<E2>,
    {
        let circuit = Circuit::parse(&request.circuit)?;
        let z0 = match &request.z0 {
            Some(texts) => texts.iter().map(|text| parse_field(text)).collect::<Result<_, _>>()?,
            None => circuit.default_z0(),
        };
        let (primary, secondary) = match request.hint.as_str() {
            "default" => (default_ck_hint(), default_ck_hint()),
            "ppsnark" => (P1::ck_floor(), default_ck_hint()),
            "ppsnark2" => (P1::ck_floor(), P2::ck_floor()),
            other => return Err(format!("no hint '{other}': use default, ppsnark or ppsnark2")),
        };
        let started = Instant::now();
        let pp = PublicParams::setup(&circuit, &*primary, &*secondary).map_err(text)?;
        Ok(Self { circuit, z0, pp, setup_ms: milliseconds(started) })
    }

    /// The state after `steps` calls of `prove_step`, and the hash of its encoding after `new` and after each call.
    /// `new` runs step 0 and the first call only counts it: the k-th call runs step k - 1.
    fn prove(&self, steps: usize) -> Result<(RecursiveSNARK<E1, E2, Circuit>, Vec<String>), String> {
        let mut snark = RecursiveSNARK::new(&self.pp, &self.circuit, &self.z0).map_err(text)?;
        let mut hashes = vec![sha3_text(&encode(&snark)?)];
        for _ in 0..steps {
            snark.prove_step(&self.pp, &self.circuit).map_err(text)?;
            hashes.push(sha3_text(&encode(&snark)?));
        }
        Ok((snark, hashes))
    }

    fn make(&self, steps: usize) -> Result<(Value, Vec<u8>), String> {
        let (snark, state_sha3) = self.prove(steps)?;
        let zn = snark.verify(&self.pp, steps, &self.z0).map_err(text)?;
        let proof = encode(&snark)?;
        let facts = json!({
            "steps": steps,
            "z0": texts::<E1>(&self.z0),
            "zn": texts::<E1>(&zn),
            "recursive_bytes": proof.len(),
            "recursive_sha3": sha3_text(&proof),
            "state_sha3": state_sha3,
            "seed": std::env::var("NOVA_SEED").ok(),
        });
        Ok((facts, proof))
    }

    fn verify(&self, steps: usize, proof: &[u8]) -> Result<Value, String> {
        let snark: RecursiveSNARK<E1, E2, Circuit> = decode(proof)?;
        let zn = snark.verify(&self.pp, steps, &self.z0).map_err(text)?;
        Ok(json!({ "accepted": true, "zn": texts::<E1>(&zn) }))
    }

    /// Times one more step on top of three, each time on a fresh copy of the state, and the verification of the three.
    fn bench(&self, samples: usize) -> Result<Value, String> {
        const STEPS: usize = 3;
        let (snark, _) = self.prove(STEPS)?;
        let (mut prove_step, mut verify) = (vec![], vec![]);
        for _ in 0..samples {
            let mut copy = snark.clone();
            let started = Instant::now();
            copy.prove_step(&self.pp, &self.circuit).map_err(text)?;
            prove_step.push(milliseconds(started));
            let started = Instant::now();
            snark.verify(&self.pp, STEPS, &self.z0).map_err(text)?;
            verify.push(milliseconds(started));
        }
        Ok(json!({
            "samples": samples,
            "setup_ms": self.setup_ms,
            "prove_step_ms": median(prove_step),
            "verify_ms": median(verify),
            "threads": rayon::current_num_threads(),
            "peak_rss": peak_rss(),
        }))
    }
}

fn text(error: NovaError) -> String {
    format!("{error:?}")
}

fn texts<E: Engine>(z: &[E::Scalar]) -> Vec<String> {
    z.iter().map(field_text).collect()
}

pub fn milliseconds(since: Instant) -> f64 {
    since.elapsed().as_secs_f64() * 1e3
}

/// The middle value; the mean of the two middle ones when their number is even.
pub fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    let n = values.len();
    (values[(n - 1) / 2] + values[n / 2]) / 2.0
}

/// The largest resident set so far in bytes, where the system tells (Linux).
fn peak_rss() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kib: u64 = line.trim().strip_suffix(" kB")?.parse().ok()?;
    Some(kib * 1024)
}
