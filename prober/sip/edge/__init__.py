"""The edge: plain UDP to the prober on this machine; TLS 1.3, SRTP, IPv6 to the carrier, by Kamailio and rtpengine."""
