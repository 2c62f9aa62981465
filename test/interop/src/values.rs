//! Field elements as text, proofs as bytes, and their hashes.
use ff::PrimeField;
use num_bigint::BigUint;
use serde::{de::DeserializeOwned, Serialize};
use sha3::{Digest, Sha3_256};

/// The modulus p of a prime field.
pub fn modulus<F: PrimeField>() -> BigUint {
    number(F::MODULUS).expect("ff gives the modulus in hexadecimal")
}

/// Reads a field element, decimal or 0x-hexadecimal; p and above are refused.
pub fn parse_field<F: PrimeField>(text: &str) -> Result<F, String> {
    let refused = || format!("'{text}' is not a number below the modulus");
    let bytes = number(text).ok_or_else(refused)?.to_bytes_le();
    let mut repr = F::Repr::default();
    repr.as_mut().get_mut(..bytes.len()).ok_or_else(refused)?.copy_from_slice(&bytes);
    Option::from(F::from_repr(repr)).ok_or_else(refused)
}

/// 0x and 64 hexadecimal digits, most significant first.
pub fn field_text<F: PrimeField>(x: &F) -> String {
    let mut bytes = x.to_repr().as_ref().to_vec();
    bytes.reverse();
    format!("0x{}", hex::encode(bytes))
}

pub fn encode<T: Serialize>(x: &T) -> Result<Vec<u8>, String> {
    bincode::serde::encode_to_vec(x, bincode::config::legacy()).map_err(|e| e.to_string())
}

/// Reads a value that takes up all of the bytes.
pub fn decode<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, String> {
    let (x, read) = bincode::serde::decode_from_slice(bytes, bincode::config::legacy())
        .map_err(|e| format!("no valid encoding: {e}"))?;
    match bytes.len() - read {
        0 => Ok(x),
        rest => Err(format!("{rest} bytes follow the value")),
    }
}

pub fn sha3_text(bytes: &[u8]) -> String {
    hex::encode(Sha3_256::digest(bytes))
}

fn number(text: &str) -> Option<BigUint> {
    match text.strip_prefix("0x") {
        Some(digits) => BigUint::parse_bytes(digits.as_bytes(), 16),
        None => BigUint::parse_bytes(text.as_bytes(), 10),
    }
}
