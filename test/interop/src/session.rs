//! The commands on one curve cycle.
use crate::circuits::Circuit;
use crate::values::{decode, encode, field_text, parse_field, sha3_text};
use nova_snark::{
    errors::NovaError,
    nova::{CompressedSNARK, PublicParams, RecursiveSNARK, VerifierKey},
    r1cs::CommitmentKeyHint,
    traits::{snark::RelaxedR1CSSNARKTrait, Engine},
};
use serde_json::{json, Value};
use std::{
    path::{Path, PathBuf},
    time::Instant,
};

/// What the command line asked for.
pub struct Request {
    pub command: Command,
    /// Whether it is about one step without recursion.
    pub direct: bool,
    pub cycle: String,
    pub circuit: String,
    /// Which commitment-key size hint: `default`, `ppsnark` (primary curve) or `ppsnark2` (both).
    pub hint: String,
    /// What the state is compressed with: `none` (not at all), `snark`, `ppsnark` (on the primary curve) or `ppsnark2`.
    pub snark: String,
    /// Where powers of tau are.
    pub ptau: Option<PathBuf>,
    pub steps: usize,
    pub z0: Option<Vec<String>>,
}

pub enum Command {
    Params,
    /// Writes nothing itself: the proofs are in `Outcome::files`.
    Make,
    /// A state, or its compression: with its verifier key, or one that is made for it.
    Verify {
        proof: Vec<u8>,
        vk: Option<Vec<u8>>,
    },
    Bench {
        samples: usize,
    },
}

/// What a command found out, and the files that it made.
pub struct Outcome {
    pub facts: Value,
    pub files: Files,
}

/// Names and contents.
pub type Files = Vec<(&'static str, Vec<u8>)>;

/// Makes public parameters: the one thing that curves with and without pairings do differently.
pub type Setup<E1, E2> = fn(
    &Circuit,
    &CommitmentKeyHint<E1>,
    &CommitmentKeyHint<E2>,
    Option<&Path>,
) -> Result<PublicParams<E1, E2, Circuit>, NovaError>;

/// The sizes that a request's commitment keys must have at least.
pub type Hints<E1, E2> = (Box<CommitmentKeyHint<E1>>, Box<CommitmentKeyHint<E2>>);

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

/// Runs a request, whose proofs are compressed by S1 and S2 if at all.
pub fn run<E1, E2, S1, S2>(
    request: &Request,
    setup: Setup<E1, E2>,
    hints: Hints<E1, E2>,
) -> Result<Outcome, String>
where
    E1: Engine<Base = <E2 as Engine>::Scalar>,
    E2: Engine<Base = <E1 as Engine>::Scalar>,
    S1: RelaxedR1CSSNARKTrait<E1>,
    S2: RelaxedR1CSSNARKTrait<E2>,
{
    let session = Session::<E1, E2>::open(request, setup, hints)?;
    let compressed = request.snark != "none";
    let mut facts = json!({
        "circuit": request.circuit,
        "cycle": request.cycle,
        "hint": request.hint,
        "snark": request.snark,
        "digest": field_text(&session.pp.digest()),
        "constraints": session.pp.num_constraints(),
        "variables": session.pp.num_variables(),
    });
    let (more, files) = match &request.command {
        Command::Params => (json!({}), vec![]),
        Command::Make if compressed => session.make_compressed::<S1, S2>(request.steps)?,
        Command::Make => session.make(request.steps).map(|(_, facts, files)| (facts, files))?,
        Command::Verify { proof, vk } if compressed => {
            (session.verify_compressed::<S1, S2>(request.steps, proof, vk.as_deref())?, vec![])
        }
        Command::Verify { proof, .. } => (session.verify(request.steps, proof)?, vec![]),
        Command::Bench { samples } if compressed => (session.bench_compressed::<S1, S2>(*samples)?, vec![]),
        Command::Bench { samples } => (session.bench(*samples)?, vec![]),
    };
    for (name, fact) in more.as_object().into_iter().flatten() {
        facts[name] = fact.clone();
    }
    Ok(Outcome { facts, files })
}

impl<E1, E2> Session<E1, E2>
where
    E1: Engine<Base = <E2 as Engine>::Scalar>,
    E2: Engine<Base = <E1 as Engine>::Scalar>,
{
    fn open(request: &Request, setup: Setup<E1, E2>, hints: Hints<E1, E2>) -> Result<Self, String> {
        let circuit = Circuit::parse(&request.circuit)?;
        let z0 = match &request.z0 {
            Some(texts) => texts.iter().map(|text| parse_field(text)).collect::<Result<_, _>>()?,
            None => circuit.default_z0(),
        };
        let started = Instant::now();
        let pp = setup(&circuit, &*hints.0, &*hints.1, request.ptau.as_deref()).map_err(text)?;
        Ok(Self { circuit, z0, pp, setup_ms: milliseconds(started) })
    }

    /// The state after `steps` calls of `prove_step`, and the hash of its encoding after `new` and after each call.
    /// `new` runs step 0 and the first call only counts it: the k-th call runs step k - 1.
    fn prove(&self, steps: usize) -> Result<(RecursiveSNARK<E1, E2, Circuit>, Vec<String>), String> {
        let mut snark = RecursiveSNARK::new(&self.pp, &self.circuit.at(0), &self.z0).map_err(text)?;
        let mut hashes = vec![sha3_text(&encode(&snark)?)];
        for step in 0..steps {
            snark.prove_step(&self.pp, &self.circuit.at(step)).map_err(text)?;
            hashes.push(sha3_text(&encode(&snark)?));
        }
        Ok((snark, hashes))
    }

    fn make(&self, steps: usize) -> Result<(RecursiveSNARK<E1, E2, Circuit>, Value, Files), String> {
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
        Ok((snark, facts, vec![("recursive.bin", proof)]))
    }

    fn make_compressed<S1, S2>(&self, steps: usize) -> Result<(Value, Files), String>
    where
        S1: RelaxedR1CSSNARKTrait<E1>,
        S2: RelaxedR1CSSNARKTrait<E2>,
    {
        let (snark, mut facts, mut files) = self.make(steps)?;
        let (pk, vk) = CompressedSNARK::<_, _, _, S1, S2>::setup(&self.pp).map_err(text)?;
        let proof = CompressedSNARK::<_, _, _, S1, S2>::prove(&self.pp, &pk, &snark).map_err(text)?;
        proof.verify(&vk, steps, &self.z0).map_err(text)?;
        for (name, key, bytes) in
            [("compressed.bin", "compressed", encode(&proof)?), ("vk.bin", "vk", encode(&vk)?)]
        {
            facts[format!("{key}_bytes")] = json!(bytes.len());
            facts[format!("{key}_sha3")] = json!(sha3_text(&bytes));
            files.push((name, bytes));
        }
        Ok((facts, files))
    }

    fn verify(&self, steps: usize, proof: &[u8]) -> Result<Value, String> {
        let snark: RecursiveSNARK<E1, E2, Circuit> = decode(proof)?;
        let zn = snark.verify(&self.pp, steps, &self.z0).map_err(text)?;
        Ok(json!({ "accepted": true, "zn": texts::<E1>(&zn) }))
    }

    fn verify_compressed<S1, S2>(
        &self,
        steps: usize,
        proof: &[u8],
        vk: Option<&[u8]>,
    ) -> Result<Value, String>
    where
        S1: RelaxedR1CSSNARKTrait<E1>,
        S2: RelaxedR1CSSNARKTrait<E2>,
    {
        let snark: CompressedSNARK<E1, E2, Circuit, S1, S2> = decode(proof)?;
        let vk: VerifierKey<E1, E2, Circuit, S1, S2> = match vk {
            Some(bytes) => decode(bytes)?,
            None => CompressedSNARK::<_, _, _, S1, S2>::setup(&self.pp).map_err(text)?.1,
        };
        let zn = snark.verify(&vk, steps, &self.z0).map_err(text)?;
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
            copy.prove_step(&self.pp, &self.circuit.at(STEPS)).map_err(text)?;
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

    /// Times the compression of a state after three steps, and the verification of what comes out.
    fn bench_compressed<S1, S2>(&self, samples: usize) -> Result<Value, String>
    where
        S1: RelaxedR1CSSNARKTrait<E1>,
        S2: RelaxedR1CSSNARKTrait<E2>,
    {
        const STEPS: usize = 3;
        let (snark, _) = self.prove(STEPS)?;
        let started = Instant::now();
        let (pk, vk) = CompressedSNARK::<_, _, _, S1, S2>::setup(&self.pp).map_err(text)?;
        let keys_ms = milliseconds(started);
        let (mut prove, mut verify, mut bytes) = (vec![], vec![], 0);
        for _ in 0..samples {
            let started = Instant::now();
            let proof = CompressedSNARK::<_, _, _, S1, S2>::prove(&self.pp, &pk, &snark).map_err(text)?;
            prove.push(milliseconds(started));
            let started = Instant::now();
            proof.verify(&vk, STEPS, &self.z0).map_err(text)?;
            verify.push(milliseconds(started));
            bytes = encode(&proof)?.len();
        }
        Ok(json!({
            "samples": samples,
            "setup_ms": self.setup_ms,
            "keys_ms": keys_ms,
            "prove_ms": median(prove),
            "verify_ms": median(verify),
            "proof_bytes": bytes,
            "threads": rayon::current_num_threads(),
            "peak_rss": peak_rss(),
        }))
    }
}

pub fn text(error: NovaError) -> String {
    format!("{error:?}")
}

pub fn texts<E: Engine>(z: &[E::Scalar]) -> Vec<String> {
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
