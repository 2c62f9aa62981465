//! The part of getrandom 0.2 that rand_core uses, with a source that can be fixed: when NOVA_SEED is set, the n-th
//! byte asked for is the n-th byte of SHAKE256(NOVA_SEED); otherwise bytes come from /dev/urandom.
//! A fixed source makes proofs that hide nothing: for tests only.
use sha3::digest::{ExtendableOutput, Update, XofReader};
use sha3::{Shake256, Shake256Reader};
use std::fs::File;
use std::io::Read;
use std::num::NonZeroU32;
use std::sync::{LazyLock, Mutex};

/// The seeded stream, or none. One for the whole process, so that every caller continues where the last one stopped.
static SEEDED: LazyLock<Option<Mutex<Shake256Reader>>> = LazyLock::new(|| {
    let seed = std::env::var("NOVA_SEED").ok()?;
    let mut hash = Shake256::default();
    hash.update(seed.as_bytes());
    Some(Mutex::new(hash.finalize_xof()))
});

/// Fills `dest` with the next random bytes.
pub fn getrandom(dest: &mut [u8]) -> Result<(), Error> {
    if let Some(stream) = SEEDED.as_ref() {
        let mut stream = stream.lock().map_err(|_| Error::UNAVAILABLE)?;
        XofReader::read(&mut *stream, dest);
        return Ok(());
    }
    File::open("/dev/urandom").and_then(|mut file| file.read_exact(dest)).map_err(|_| Error::UNAVAILABLE)
}

/// Same shape as the real crate's error: rand_core converts it through its code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Error(NonZeroU32);

impl Error {
    const UNAVAILABLE: Self = Self(NonZeroU32::MIN);

    pub const fn code(self) -> NonZeroU32 {
        self.0
    }
}

impl From<NonZeroU32> for Error {
    fn from(code: NonZeroU32) -> Self {
        Self(code)
    }
}

impl std::fmt::Display for Error {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "no random bytes from /dev/urandom")
    }
}

impl std::error::Error for Error {}
