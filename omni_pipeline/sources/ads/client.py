"""Readers of advertising cost: pure, settings in, rows out; one module for each door."""

from omni_pipeline.sources.ads.crm_expenses import CrmExpenses
from omni_pipeline.sources.ads.csv_folder import CsvFolder
from omni_pipeline.sources.ads.vk_ads import VkAds
from omni_pipeline.sources.ads.yandex_direct import YandexDirect

__all__ = ["CrmExpenses", "CsvFolder", "VkAds", "YandexDirect"]
