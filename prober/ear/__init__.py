"""8 kHz PCM in, audio events out. Pure: no threads, no files, no clock but the sample count."""
