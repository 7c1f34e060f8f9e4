"""Clients of the e-mail providers: pure, settings in, rows out; one module for each vendor."""

from omni_pipeline.sources.esp.sendpulse import SendPulse
from omni_pipeline.sources.esp.unisender import UniSender

__all__ = ["SendPulse", "UniSender"]
