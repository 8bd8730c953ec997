//! Bars on stderr, if that is a terminal; figures as people write them.

use std::borrow::Cow;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// A bar that counts records.
pub(super) fn records(what: impl Into<Cow<'static, str>>, total: u64) -> ProgressBar {
    let template = "  {msg:<10} [{bar:32}] {human_pos}/{human_len} records";
    drawn(ProgressBar::new(total), template, what)
}

/// A bar that counts bytes, or just moves if their number is not known.
pub(super) fn bytes(what: impl Into<Cow<'static, str>>, total: Option<u64>) -> ProgressBar {
    match total {
        Some(total) => {
            let template = "  {msg:<10} [{bar:32}] {binary_bytes}/{binary_total_bytes}";
            drawn(ProgressBar::new(total), template, what)
        }
        None => {
            let template = "  {spinner} {msg} {binary_bytes}";
            drawn(ProgressBar::new_spinner(), template, what)
        }
    }
}

/// Something that moves as long as it takes.
pub(super) fn busy(what: impl Into<Cow<'static, str>>) -> ProgressBar {
    let bar = drawn(ProgressBar::new_spinner(), "  {spinner} {msg} ({elapsed})", what);
    bar.enable_steady_tick(Duration::from_millis(100));
    bar
}

fn drawn(bar: ProgressBar, template: &str, what: impl Into<Cow<'static, str>>) -> ProgressBar {
    // Hides itself if stderr is no terminal.
    bar.set_draw_target(ProgressDrawTarget::stderr_with_hz(10));
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style.progress_chars("=> "));
    }
    bar.set_message(what);
    bar
}

/// `1.06 MiB`.
#[expect(clippy::cast_precision_loss, reason = "shown with three digits")]
pub(super) fn mib(bytes: u64) -> String {
    format!("{:.2} MiB", bytes as f64 / (1024.0 * 1024.0))
}

/// `48.3 KiB`, in the unit that fits.
#[expect(clippy::cast_precision_loss, reason = "shown with three digits")]
pub(super) fn size(bytes: u64) -> String {
    match bytes {
        0..1024 => format!("{bytes} B"),
        1024..1_048_576 => format!("{:.1} KiB", bytes as f64 / 1024.0),
        _ => mib(bytes),
    }
}

/// `1 record`, `7 records`: `what` is what one of them is called.
pub(super) fn counted(number: u64, what: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{number} {what}{plural}")
}

/// `193,000`.
pub(super) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut grouped = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_readable() {
        assert_eq!(mib(1_115_424), "1.06 MiB");
        assert_eq!(size(1023), "1023 B");
        assert_eq!(size(49_460), "48.3 KiB");
        assert_eq!(size(1_115_424), "1.06 MiB");
        assert_eq!(counted(1, "record"), "1 record");
        assert_eq!(counted(0, "key"), "0 keys");
        assert_eq!(grouped(0), "0");
        assert_eq!(grouped(193), "193");
        assert_eq!(grouped(193_000), "193,000");
        assert_eq!(grouped(1_193_000), "1,193,000");
    }
}
