//! 128-bit arithmetic and memory functions on the SVM against the host's, bit for bit.
//!
//! The compiler has no 128-bit instructions on chain: it calls functions of
//! `tools/sbf/builtins`, through which every amount of the program goes. `libcalls.so`
//! (`tools/sbf/build --manifest-path tools/sbf/libcalls/Cargo.toml`) applies one
//! operation to an account full of operand pairs; each test sends the same pairs
//! through every operation and compares.

use anchor_lang::solana_program::instruction::{AccountMeta, Instruction};
use litesvm::LiteSVM;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use solana_keypair::Keypair;
use solana_message::Message;
use solana_pubkey::Pubkey;
use solana_signer::Signer;
use solana_transaction::Transaction;

use crate::seeds::seed;

const PROGRAM: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../target/deploy/libcalls.so");
const COMPUTE_BUDGET: Pubkey = Pubkey::from_str_const("ComputeBudget111111111111111111111111111111");
/// The chain's own limit: a batch is sized to fit, so that nothing is tried under easier terms.
const UNITS_MAX: u32 = 1_400_000;
/// More than rent and fees ever take.
const LAMPORTS: u64 = 10_000_000_000;
const PAIRS_PER_BATCH: usize = 4_096;
const RANDOM_PAIRS: usize = 100_000;

type Pair = (u128, u128);

/// What a pair of operands is replaced by: the result, and a flag.
type Native = fn(u128, u128) -> Pair;

/// In the order of the instruction byte of `tools/sbf/libcalls/src/lib.rs`.
const OPERATIONS: [(&str, Native); 14] = [
    // Measures the loop alone; stays first.
    ("copy", |a, b| (a, b)),
    ("mul", |a, b| (a.wrapping_mul(b), 0)),
    // Division by zero has no answer; both sides leave zeros. MIN / -1 wraps to MIN on
    // both, decided by Rust before any libcall.
    ("quotient", |a, b| or_zero(a.checked_div(b))),
    ("remainder", |a, b| or_zero(a.checked_rem(b))),
    ("signed quotient", |a, b| divide(a, b, i128::wrapping_div)),
    ("signed remainder", |a, b| divide(a, b, i128::wrapping_rem)),
    ("checked mul", |a, b| flagged(a.overflowing_mul(b))),
    ("signed checked mul", |a, b| {
        let (product, overflow) = (a as i128).overflowing_mul(b as i128);
        flagged((product as u128, overflow))
    }),
    ("shift left", |a, b| (a.wrapping_shl(b as u32), 0)),
    ("shift right", |a, b| (a.wrapping_shr(b as u32), 0)),
    ("signed shift right", |a, b| ((a as i128).wrapping_shr(b as u32) as u128, 0)),
    ("move bytes", |a, b| on_bytes(a, b, |bytes, [from, to, count, _]| bytes.copy_within(from..from + count, to))),
    ("fill bytes", |a, b| on_bytes(a, b, |bytes, [from, _, count, byte]| bytes[from..from + count].fill(byte as u8))),
    ("compare bytes", |a, b| {
        let (bytes, mut other) = (bytes_of(a, b), bytes_of(a, b));
        let at = b as usize % 32;
        other[at] ^= 1 << (b >> 8 & 7);
        other[at + 1..].fill(a as u8);
        let count = (b >> 16) as usize % 33;
        (bytes[..count].cmp(&other[..count]) as u128, 0)
    }),
];

fn or_zero(answer: Option<u128>) -> Pair {
    (answer.unwrap_or(0), 0)
}

fn divide(a: u128, b: u128, divide: fn(i128, i128) -> i128) -> Pair {
    or_zero((b != 0).then(|| divide(a as i128, b as i128) as u128))
}

fn flagged((product, overflow): (u128, bool)) -> Pair {
    (product, u128::from(overflow))
}

fn on_bytes(a: u128, b: u128, change: fn(&mut [u8], [usize; 4])) -> Pair {
    let mut bytes = bytes_of(a, b);
    let [from, to, count, byte] = [0, 8, 16, 24].map(|shift| (a >> shift) as usize & 0xff);
    change(&mut bytes, [from % 16, to % 16, count % 17, byte]);
    pair_of(&bytes)
}

fn bytes_of(a: u128, b: u128) -> Vec<u8> {
    [a, b].map(u128::to_le_bytes).concat()
}

fn pair_of(bytes: &[u8]) -> Pair {
    let word = |half: &[u8]| u128::from_le_bytes(half.try_into().expect("16 bytes"));
    (word(&bytes[..16]), word(&bytes[16..]))
}

/// The chain with the program, a payer, and the account the pairs travel in.
struct Bench {
    svm: LiteSVM,
    payer: Keypair,
    program: Pubkey,
    account: Pubkey,
}

impl Bench {
    fn new() -> Self {
        let mut svm = LiteSVM::new().with_sigverify(false).with_transaction_history(0);
        let (payer, [program, account]) = (Keypair::new(), [(); 2].map(|()| Pubkey::new_unique()));
        let loaded = svm.add_program_from_file(program, PROGRAM);
        loaded.expect("tools/sbf/build --manifest-path tools/sbf/libcalls/Cargo.toml was run");
        for address in [payer.pubkey(), account] {
            svm.airdrop(&address, LAMPORTS).expect("airdrop");
        }
        Self { svm, payer, program, account }
    }

    /// Results of an operation on each pair, and the compute units of the transaction.
    fn run(&mut self, operation: u8, pairs: &[Pair]) -> (Vec<Pair>, u64) {
        let mut account = self.svm.get_account(&self.account).expect("airdropped");
        account.data = pairs.iter().flat_map(|&(a, b)| bytes_of(a, b)).collect();
        account.owner = self.program;
        let written = self.svm.set_account(self.account, account);
        written.expect("the account of the pairs");

        let mut limit = vec![2]; // SetComputeUnitLimit
        limit.extend(UNITS_MAX.to_le_bytes());
        let pairs = AccountMeta::new(self.account, false);
        let instructions = [
            Instruction::new_with_bytes(COMPUTE_BUDGET, &limit, vec![]),
            Instruction::new_with_bytes(self.program, &[operation], vec![pairs]),
        ];
        let message = Message::new(&instructions, Some(&self.payer.pubkey()));
        let transaction = Transaction::new(&[&self.payer], message, self.svm.latest_blockhash());
        let sent = self.svm.send_transaction(transaction);
        let units = sent.expect("runs").compute_units_consumed;
        self.svm.expire_blockhash();

        let account = self.svm.get_account(&self.account).expect("airdropped");
        (account.data.chunks_exact(32).map(pair_of).collect(), units)
    }

    /// Every operation on every pair, compared with the host; prints the mean cost of each.
    fn compare(&mut self, what: &str, pairs: &[Pair]) {
        let mut loop_units = 0;
        for (operation, (name, native)) in (0..).zip(OPERATIONS) {
            let mut units = 0;
            for batch in pairs.chunks(PAIRS_PER_BATCH) {
                let (results, used) = self.run(operation, batch);
                units += used;
                assert_eq!(results.len(), batch.len());
                for (&(a, b), result) in batch.iter().zip(results) {
                    let expected = native(a, b);
                    assert!(result == expected, "{name} of {a:#x}, {b:#x}: {result:x?} on chain, {expected:x?} here");
                }
            }
            if operation == 0 {
                loop_units = units;
            }
            let mean = (units.saturating_sub(loop_units)) as f64 / pairs.len() as f64;
            println!("{what}: {name:22} {mean:6.1} compute units");
        }
    }
}

/// Powers of two around every width the algorithms branch on, and their neighbours and negatives.
fn edge_values() -> Vec<u128> {
    let mut values = vec![0, 3, 5, 7, 10];
    values.extend([4, 6, 9, 18].map(|digits| 10_u128.pow(digits)));
    let around = [0, 1, 8, 16, 31, 32, 33, 47, 48, 62, 63, 64, 65, 80, 95, 96, 97, 112, 126, 127];
    for power in around.map(|bits| 1_u128 << bits) {
        values.extend([power - 1, power, power + 1]);
    }
    values.extend([32, 64, 96].map(|bits| u128::MAX << bits));
    values.extend([32, 64].map(|bits| u128::from(u64::MAX - 1) << bits));
    values.extend(values.clone().into_iter().map(u128::wrapping_neg));
    values.sort_unstable();
    values.dedup();
    values
}

/// A number of a random width and sign: uniform numbers would all be about 2^127.
fn random_value(rng: &mut ChaCha8Rng) -> u128 {
    let magnitude = rng.random::<u128>() >> rng.random_range(0..128);
    if rng.random() {
        magnitude
    } else {
        magnitude.wrapping_neg()
    }
}

#[test]
fn edge_values_agree() {
    let values = edge_values();
    let pairs: Vec<Pair> = values.iter().flat_map(|&a| values.iter().map(move |&b| (a, b))).collect();
    Bench::new().compare("edges", &pairs);
}

#[test]
fn random_values_agree() {
    let mut rng = ChaCha8Rng::seed_from_u64(seed());
    let pairs: Vec<Pair> = (0..RANDOM_PAIRS).map(|_| (random_value(&mut rng), random_value(&mut rng))).collect();
    Bench::new().compare("random", &pairs);
}

/// The shapes the program's formulas have, each a path of its own through the libcalls.
#[test]
fn shapes_of_the_program_agree() {
    let mut rng = ChaCha8Rng::seed_from_u64(seed());
    let mut bench = Bench::new();
    for (what, bits_a, bits_b) in
        [("word, word", 64, 64), ("product, scale", 100, 30), ("product, word", 110, 60), ("product, product", 120, 90)]
    {
        let mut value = |bits: u32| (1 << (bits - 1)) | (rng.random::<u128>() >> (129 - bits));
        let pairs: Vec<Pair> = (0..PAIRS_PER_BATCH).map(|_| (value(bits_a), value(bits_b))).collect();
        bench.compare(what, &pairs);
    }
}

/// Quotients that are exact, or one short of exact: where an estimated digit is easiest to miss.
#[test]
fn near_exact_quotients_agree() {
    let mut rng = ChaCha8Rng::seed_from_u64(seed());
    let mut pairs = Vec::new();
    while pairs.len() < RANDOM_PAIRS / 10 {
        let divisor_bits = rng.random_range(1..=127);
        let divisor = (rng.random::<u128>() >> (128 - divisor_bits)).max(1);
        let quotient = rng.random::<u128>() >> divisor_bits.min(127);
        let exact = quotient.saturating_mul(divisor);
        let dividends = [exact.wrapping_sub(1), exact, exact.wrapping_add(1)];
        pairs.extend(dividends.map(|dividend| (dividend, divisor)));
    }
    Bench::new().compare("near exact", &pairs);
}
