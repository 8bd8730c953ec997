//! The highest load of each of the last thirty days of a stream (pure).

use domain::{Millis, limits};
use storage::codec::{Decoded, Reader, Writer};

use super::load::Load;

const VERSION: u8 = 1;
const DAY_MS: u64 = 24 * 3_600_000;
/// Days that are kept: those that count, and the one that goes on.
const DAYS_MAX: usize = limits::ON_DEMAND_PEAK_DAYS as usize + 1;

/// Peaks by day, oldest first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct History {
    days: Vec<(u32, Load)>,
}

impl History {
    /// A load that was seen; whether it is the highest of its day.
    pub(crate) fn note(&mut self, now: Millis, load: Load) -> bool {
        let today = day(now);
        match self.days.binary_search_by_key(&today, |(day, _)| *day) {
            Ok(at) if self.days[at].1 >= load => false,
            Ok(at) => {
                self.days[at].1 = load;
                true
            }
            Err(_) if load == Load::default() => false,
            Err(at) => {
                self.days.insert(at, (today, load));
                let surplus = self.days.len().saturating_sub(DAYS_MAX);
                self.days.drain(..surplus);
                true
            }
        }
    }

    /// The highest load of the last thirty days. Days to come, which a clock that was ahead has left, count.
    pub(crate) fn peak(&self, now: Millis) -> Load {
        let first = day(now).saturating_sub(limits::ON_DEMAND_PEAK_DAYS);
        let counts = self.days.iter().filter(|(day, _)| *day >= first);
        counts.map(|(_, load)| *load).max().unwrap_or_default()
    }

    /// Forgets what was before yesterday.
    pub(crate) fn forget(&mut self, now: Millis) {
        let yesterday = day(now).saturating_sub(1);
        self.days.retain(|(day, _)| *day >= yesterday);
    }

    pub(crate) fn encode(&self) -> bytes::Bytes {
        let mut value = Writer::new(VERSION);
        value.u8(u8::try_from(self.days.len()).expect("there are DAYS_MAX at most"));
        for (day, load) in &self.days {
            value.u32(*day);
            value.u32(load.0);
        }
        value.finish()
    }

    pub(crate) fn decode(value: &[u8]) -> Decoded<Self> {
        let mut reader = Reader::new(VERSION, value)?;
        let mut days = Vec::new();
        for _ in 0..reader.u8()? {
            days.push((reader.u32()?, Load(reader.u32()?)));
        }
        reader.end()?;
        let is_rising = days.windows(2).all(|pair| pair[0].0 < pair[1].0);
        if days.len() > DAYS_MAX || !is_rising {
            return Err("days are out of order".to_owned());
        }
        Ok(Self { days })
    }
}

fn day(at: Millis) -> u32 {
    u32::try_from(at.0 / DAY_MS).unwrap_or(u32::MAX)
}

const _: () = assert!(DAYS_MAX <= u8::MAX as usize);

#[cfg(test)]
mod tests {
    use super::*;

    fn at(day: u64, hour: u64) -> Millis {
        Millis(day * DAY_MS + hour * 3_600_000)
    }

    #[test]
    fn a_peak_counts_for_thirty_days() {
        let mut history = History::default();
        assert!(history.note(at(100, 5), Load(900)));
        assert!(!history.note(at(100, 6), Load(800)));
        assert!(history.note(at(101, 0), Load(20)));
        assert_eq!(history.peak(at(130, 23)), Load(900));
        assert_eq!(history.peak(at(131, 0)), Load(20));
        assert_eq!(history.peak(at(132, 0)), Load(0));
        // A clock that fell back.
        assert_eq!(history.peak(at(3, 0)), Load(900));
    }

    #[test]
    fn only_so_many_days_are_kept() {
        let mut history = History::default();
        for day in 0..1000 {
            history.note(at(day, 1), Load(5));
        }
        assert_eq!(history.days.len(), DAYS_MAX);
        assert_eq!(history.days[0].0, 969);
        let silent = &mut History::default();
        assert!(!silent.note(at(1, 1), Load(0)));
        assert_eq!(silent.days, []);
    }

    #[test]
    fn old_days_can_be_forgotten() {
        let mut history = History::default();
        for (day, load) in [(10, 900), (19, 70), (20, 60)] {
            history.note(at(day, 3), Load(load));
        }
        history.forget(at(20, 4));
        assert_eq!(history.days, [(19, Load(70)), (20, Load(60))]);
    }

    #[test]
    fn histories_keep_their_bytes() {
        let history = History { days: vec![(2, Load(258)), (3, Load(4))] };
        let bytes = [1, 2, 2, 0, 0, 0, 2, 1, 0, 0, 3, 0, 0, 0, 4, 0, 0, 0];
        assert_eq!(&history.encode()[..], bytes);
        assert_eq!(History::decode(&bytes), Ok(history));
        assert!(History::decode(&bytes[..17]).is_err());
        let mut swapped = bytes;
        swapped[2] = 9;
        assert!(History::decode(&swapped).is_err());
    }
}
