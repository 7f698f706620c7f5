"""8 kHz PCM in, audio events out. Pure: no threads, no clock but the sample count, no files but weights."""

from prober.ear.ear import EAR_VERSION, Ear
from prober.ear.excerpts import Excerpt
from prober.ear.library import PromptLibrary
from prober.ear.listen import listen
from prober.ear.pieces import Piece

__all__ = ["EAR_VERSION", "Ear", "Excerpt", "Piece", "PromptLibrary", "listen"]
