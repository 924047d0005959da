//! The source of random numbers. A plugin has none of its own, so that a recorded call can be replayed, but every call
//! has an id of 130 random bits. Its FNV-1a hash seeds `SplitMix64`, whose 64 bits per step pass the usual statistical
//! tests. The dice are fair but not secret: a user who knows a call's id can compute its roll.

const FNV_OFFSET: u64 = 0xcbf2_9ce4_8422_2325;
const FNV_PRIME: u64 = 0x0000_0100_0000_01b3;
const GOLDEN_GAMMA: u64 = 0x9e37_79b9_7f4a_7c15;

/// The random numbers of one call.
pub(crate) struct Luck {
    state: u64,
}

impl Luck {
    /// Seeds the generator from this call's id.
    pub(crate) fn of(call_id: &str) -> Self {
        let hash = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(FNV_PRIME);
        Self { state: call_id.bytes().fold(FNV_OFFSET, hash) }
    }

    /// A fair number from 1 to `sides`.
    pub(crate) fn between_1_and(&mut self, sides: u32) -> u32 {
        let sides = u64::from(sides.max(1));
        // The last, incomplete run of `sides` numbers would favour the small ones, so it draws again.
        let fair = u64::MAX - u64::MAX % sides;
        loop {
            let drawn = self.step();
            if drawn < fair {
                // The remainder is below a `u32`, so nothing is truncated.
                return u32::try_from(drawn % sides).unwrap_or_default() + 1;
            }
        }
    }

    /// `SplitMix64`, as Steele, Lea and Flood gave it in 2014.
    fn step(&mut self) -> u64 {
        self.state = self.state.wrapping_add(GOLDEN_GAMMA);
        let mut z = self.state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_generator_is_split_mix_64() {
        // The published first outputs for the seed 1234567.
        let mut luck = Luck { state: 1_234_567 };
        assert_eq!(
            [luck.step(), luck.step(), luck.step()],
            [6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423]
        );
    }

    #[test]
    fn the_hash_is_fnv_1a() {
        assert_eq!(Luck::of("").state, 0xcbf2_9ce4_8422_2325);
        assert_eq!(Luck::of("foobar").state, 0x8594_4171_f739_67e8);
    }

    #[test]
    fn every_face_comes_up_about_as_often() {
        let mut luck = Luck::of("0123456789abcdef0123456789abcdef");
        let mut faces = [0_u32; 6];
        for _ in 0..60_000 {
            faces[luck.between_1_and(6) as usize - 1] += 1;
        }
        // The seed is fixed, so the result is too. Each face is expected 10000 times; four standard deviations are 365.
        assert!(faces.iter().all(|count| count.abs_diff(10_000) < 365), "{faces:?}");
    }
}
