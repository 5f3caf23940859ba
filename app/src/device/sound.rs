//! The sound of a scan that found nothing: heard without looking.

use web_sys::{AudioContext, OscillatorType};

/// Two low tones. A browser without audio, or one that refuses it before the first touch, stays silent: the words are
/// on the screen as well.
pub fn refuse() {
    drop(tones());
}

fn tones() -> Result<(), wasm_bindgen::JsValue> {
    thread_local! {
        static CONTEXT: Option<AudioContext> = AudioContext::new().ok();
    }
    CONTEXT.with(|context| {
        let Some(context) = context else { return Ok(()) };
        drop(context.resume());
        let now = context.current_time();
        for (start, end, hertz) in [(0.0, 0.13, 240.0), (0.18, 0.36, 180.0)] {
            let tone = context.create_oscillator()?;
            let loudness = context.create_gain()?;
            tone.set_type(OscillatorType::Square);
            tone.frequency().set_value(hertz);
            loudness.gain().set_value(0.12);
            tone.connect_with_audio_node(&loudness)?;
            loudness.connect_with_audio_node(&context.destination())?;
            tone.start_with_when(now + start)?;
            tone.stop_with_when(now + end)?;
        }
        Ok(())
    })
}
