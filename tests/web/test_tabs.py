"""Tests share a browser profile: none may notice what another one left in it."""

from playwright.async_api import BrowserContext

from tests.web.conftest import open_tab
from tests.world import World

LEAVE = """async () => {
  localStorage.x = sessionStorage.x = 1;
  document.cookie = "x=1; max-age=999";
  await new Promise(done => { indexedDB.open("x", 1).onsuccess = done; });
}"""
FIND = """async () => [
  localStorage.length, sessionStorage.length, document.cookie,
  (await indexedDB.databases()).length, history.length, innerWidth, navigator.onLine,
  (await navigator.permissions.query({ name: "clipboard-read" })).state,
]"""


async def test_a_tab_leaves_nothing_to_the_next(world: World, profile: BrowserContext) -> None:
    found = []
    for _ in range(2):
        async with open_tab(profile) as tab:
            await tab.page.goto(f"{world.api.base_url}/console")
            found.append(await tab.page.evaluate(FIND))
            await tab.page.evaluate(LEAVE)
            await profile.grant_permissions(["clipboard-read"])
            await profile.route("**/console", lambda route: route.abort())
            await tab.page.set_viewport_size({"width": 1280, "height": 900})
            found.append(await tab.page.evaluate(FIND))
            await profile.set_offline(True)
    assert found[0] == found[2] != found[1]
    assert len(profile.pages) == 1
