"""Stub HTTP APIs of the sandbox: Bitrix24, UniSender, SendPulse, Yandex Direct and VK Ads.

One port serves all. They read table `entity` of database sandbox_portal and behave like the real
ones, limits and errors included, so that the pipeline's own clients run against them unchanged.
Routes:
/rest/1/{secret}/{method} · /unisender/ru/api/{method} · /sendpulse/… ·
/direct/json/v501/{service} · /vkads/api/v2/…
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import urlsplit, urlunsplit

import uvicorn
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from omni_pipeline.api.pacing import Clock
from omni_pipeline.sandbox.api import faults
from omni_pipeline.sandbox.api.ads import DirectStub, VkAdsStub
from omni_pipeline.sandbox.api.bitrix import Portal, parameters_of
from omni_pipeline.sandbox.api.faults import FaultPlan
from omni_pipeline.sandbox.api.mailing import SendPulseStub, UniSenderStub
from omni_pipeline.sandbox.api.store import Store

__all__ = ["FaultPlan", "app", "credentials", "serve"]

DATABASE = "sandbox_portal"
# Not secrets: they open nothing but this stub on the loopback interface.
WEBHOOK_SECRET = "sandbox0webhook"  # noqa: S105
UNISENDER_KEY = "sandbox0unisender"
SENDPULSE_ID = "sandbox0id"
SENDPULSE_SECRET = "sandbox0sendpulse"  # noqa: S105
DIRECT_TOKEN = "sandbox0direct"  # noqa: S105
VK_ADS_ID = "sandbox0vkads"
VK_ADS_SECRET = "sandbox0vksecret"  # noqa: S105


def credentials(api_url: str) -> dict[str, str]:
    """Environment variables that lead the pipeline's clients to a stub served at `api_url`."""
    base = api_url.rstrip("/")
    return {
        "CRM_WEBHOOK_URL": f"{base}/rest/1/{WEBHOOK_SECRET}/",
        "UNISENDER_API_KEY": UNISENDER_KEY,
        "UNISENDER_API_URL": f"{base}/unisender/ru/api",
        "SENDPULSE_CLIENT_ID": SENDPULSE_ID,
        "SENDPULSE_CLIENT_SECRET": SENDPULSE_SECRET,
        "SENDPULSE_API_URL": f"{base}/sendpulse",
        "YANDEX_DIRECT_TOKEN": DIRECT_TOKEN,
        "YANDEX_DIRECT_LOGIN": "",
        "YANDEX_DIRECT_API_URL": f"{base}/direct/json/v501",
        "VK_ADS_TOKEN": "",
        "VK_ADS_CLIENT_ID": VK_ADS_ID,
        "VK_ADS_CLIENT_SECRET": VK_ADS_SECRET,
        "VK_ADS_API_URL": f"{base}/vkads",
    }


def app(
    database_url: str,
    *,
    plan: FaultPlan | None = None,
    clock: Clock | None = None,
    token_seconds: float = 3600,
) -> Starlette:
    """The stub APIs over the portal database at `database_url`; a plan makes them misbehave."""
    clock = clock or Clock()
    plan = FaultPlan() if plan is None else plan
    store = Store(database_url)
    portal = Portal(store, clock)
    unisender = UniSenderStub(store, UNISENDER_KEY)
    sendpulse = SendPulseStub(store, SENDPULSE_ID, SENDPULSE_SECRET, clock, token_seconds)

    direct = DirectStub(store, DIRECT_TOKEN, clock)
    vk_ads = VkAdsStub(store, VK_ADS_ID, VK_ADS_SECRET)

    async def bitrix(request: Request) -> Response:
        if request.path_params["secret"] != WEBHOOK_SECRET:
            error = {"error": "NO_AUTH_FOUND", "error_description": "Wrong authorization data"}
            return JSONResponse(error, 401)
        step = plan.take()
        if step and step != "command_error":
            return faults.answer(step, clock)
        given = await parameters_of(request)
        method = request.path_params["method"].removesuffix(".json")
        return await run_in_threadpool(portal.answer, method, given, step)

    async def unisender_call(request: Request) -> Response:
        if step := plan.take():
            return faults.answer(step, clock)
        given = await parameters_of(request)
        return await run_in_threadpool(unisender.answer, request.path_params["method"], given)

    async def sendpulse_token(request: Request) -> Response:
        return sendpulse.token(await parameters_of(request))

    async def sendpulse_get(request: Request) -> Response:
        if step := plan.take():
            return faults.answer(step, clock)
        return await run_in_threadpool(sendpulse.answer, request.path_params["path"], request)

    async def direct_call(request: Request) -> Response:
        if step := plan.take():
            return faults.answer(step, clock)
        service, body = request.path_params["service"], await request.body()
        return await run_in_threadpool(direct.answer, service, body, request.headers)

    async def vk_ads_token(request: Request) -> Response:
        return vk_ads.token(request.path_params.get("path", ""), await parameters_of(request))

    async def vk_ads_get(request: Request) -> Response:
        if step := plan.take():
            return faults.answer(step, clock)
        return await run_in_threadpool(vk_ads.answer, request.path_params["path"], request)

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        yield
        store.close()

    return Starlette(
        routes=[
            Route("/rest/1/{secret}/{method}", bitrix, methods=["GET", "POST"]),
            Route("/unisender/ru/api/{method}", unisender_call, methods=["GET", "POST"]),
            Route("/sendpulse/oauth/access_token", sendpulse_token, methods=["POST"]),
            Route("/sendpulse/{path:path}", sendpulse_get, methods=["GET"]),
            Route("/direct/json/v501/{service}", direct_call, methods=["POST"]),
            Route("/vkads/api/v2/oauth2/token.json", vk_ads_token, methods=["POST"]),
            Route("/vkads/api/v2/oauth2/token/{path}", vk_ads_token, methods=["POST"]),
            Route("/vkads/api/v2/{path:path}", vk_ads_get, methods=["GET"]),
        ],
        lifespan=lifespan,
    )


def serve(server_url: str, port: int) -> None:
    """Serve the sandbox found on `server_url` at 127.0.0.1:`port` until the process is ended."""
    database_url = urlunsplit(urlsplit(server_url)._replace(path=f"/{DATABASE}"))
    uvicorn.run(app(database_url), host="127.0.0.1", port=port, log_config=None, access_log=False)
