//! Random secrets that people or programs carry, and how they are kept: as SHA-256 alone.

use evertill_protocol::Hash;

/// Letters and digits without 0, O, 1, I: 32 of them, five bits each.
const ALPHABET: &[u8; 32] = b"ABCDEFGHJKLMNPQRSTUVWXYZ23456789";

/// A one-time code of ten characters, 50 random bits.
pub fn new_code() -> String {
    letters(10)
}

/// The secret part of an API key: 52 characters, 260 random bits.
pub fn new_key() -> String {
    letters(52)
}

/// The bytes' SHA-256 as it is stored. Fit for secrets of full randomness, not for passwords.
pub fn hashed(secret: &str) -> Vec<u8> {
    Hash::of(secret.as_bytes()).0.to_vec()
}

/// A code as typed by a person, as it was issued: capitals, no blanks or dashes.
pub fn normal_code(typed: &str) -> String {
    typed.chars().filter(char::is_ascii_alphanumeric).take(64).map(|c| c.to_ascii_uppercase()).collect()
}

/// 32 random bytes.
pub fn random_bytes() -> [u8; 32] {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).expect("the operating system gives random bytes");
    bytes
}

fn letters(count: usize) -> String {
    let mut bytes = vec![0; count];
    getrandom::fill(&mut bytes).expect("the operating system gives random bytes");
    bytes.iter().map(|byte| char::from(ALPHABET[usize::from(byte & 31)])).collect()
}

#[cfg(test)]
mod tests {
    use super::{hashed, new_code, new_key, normal_code};

    #[test]
    fn codes_survive_being_typed() {
        let code = new_code();
        assert_eq!(code.len(), 10);
        assert_eq!(normal_code(&format!(" {}-{} ", code[..5].to_lowercase(), &code[5..])), code);
        assert_ne!(new_key(), new_key());
        assert_eq!(hashed("a").len(), 32);
    }
}
