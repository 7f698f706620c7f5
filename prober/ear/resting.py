"""What the ear leaves out when it cannot keep up: the costliest part first, and none that a verdict is wrong without.

Voices and tones are always heard, so that no onset is lost; without fingerprints a voice stays undecided.
"""

from __future__ import annotations

SPEAKERS = "speakers"
"""Nobody's voice is compared with another: what is known of the number's voices says nothing."""
FINGERPRINTS = "fingerprints"
"""Nothing is recognised or learnt: the number is one of which nothing is known."""
TEXTURE = "texture"
"""Music and noise are told apart by one hop in four."""
DEAREST = (SPEAKERS, FINGERPRINTS, TEXTURE)
"""In the order in which they are left out."""
