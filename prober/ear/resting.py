"""What the ear leaves out when it cannot keep up: the costliest part first, and none that a verdict is wrong without.

Voices and tones are always heard, so that no onset is lost; without fingerprints a voice stays undecided.
"""

from __future__ import annotations

SPEAKERS = "speakers"
"""Nobody's voice is compared with another; where the voices of a number are known, nobody is human by elimination."""
FINGERPRINTS = "fingerprints"
"""Nothing is recognised or learnt, and nobody is called human by elimination."""
TEXTURE = "texture"
"""Music and noise are told apart by one hop in four."""
DEAREST = (SPEAKERS, FINGERPRINTS, TEXTURE)
"""In the order in which they are left out."""
