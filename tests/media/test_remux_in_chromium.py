"""What a browser's Media Source Extensions make of copied segments: the frames shown, not the numbers written."""

from __future__ import annotations

import base64
import shutil
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Page, async_playwright

from foyer.media.file_index import FileIndex
from foyer.media.index import build_index
from foyer.media.remux import Remuxer
from tests.media.index_clips import RATE, ffmpeg, info_of

pytestmark = pytest.mark.browser

FRAME = 1001 / 24_000
BITS = 8

PAGE = """<video muted width=320 height=180></video><canvas width=320 height=180></canvas><script>
const video = document.querySelector('video');
const canvas = document.querySelector('canvas').getContext('2d', {willReadFrequently: true});
const bytes = text => Uint8Array.from(atob(text), c => c.charCodeAt(0));
const once = (target, name) => new Promise(done => target.addEventListener(name, done, {once: true}));
const painted = () => {
  canvas.drawImage(video, 0, 0, 320, 180);
  let n = 0;
  for (let k = 0; k < BITS; k++) if (canvas.getImageData(k * 20 + 10, 10, 1, 1).data[0] > 128) n |= 1 << k;
  return n;
};
const shown = () => new Promise(done => video.requestVideoFrameCallback((_, f) => done([f.mediaTime, painted()])));
async function load(tracks) {
  const media = new MediaSource(), ranges = [];
  video.src = URL.createObjectURL(media);
  await once(media, 'sourceopen');
  const buffers = tracks.map(t => media.addSourceBuffer(t.type));
  for (const [k, track] of tracks.entries())
    for (const part of track.parts) {
      buffers[k].appendBuffer(bytes(part));
      await once(buffers[k], 'updateend');
    }
  media.endOfStream();
  for (const b of buffers) {
    const found = [];
    for (let i = 0; i < b.buffered.length; i++) found.push([b.buffered.start(i), b.buffered.end(i)]);
    ranges.push(found);
  }
  return ranges;
}
async function seek(time) {
  const frame = shown();
  video.currentTime = time;
  await once(video, 'seeked');
  return await frame;
}
async function play(seconds) {
  const frames = [];
  await video.play();
  const end = video.currentTime + seconds;
  while (video.currentTime < end) frames.push(await shown());
  video.pause();
  return frames;
}
</script>""".replace("BITS", str(BITS))


@dataclass(frozen=True)
class Film:
    index: FileIndex
    remuxer: Remuxer

    def tracks(self, segments: range) -> list[dict[str, Any]]:
        return [self._track(t, segments) for t in self.remuxer.tracks]

    def _track(self, track: int, segments: range) -> dict[str, Any]:
        parts = [self.remuxer.init_segment(track)]
        parts += [self.remuxer.read(self.remuxer.segment(track, i)) for i in segments]
        kind = "video" if self.index.video is not None and self.index.video.stream == track else "audio"
        return {
            "type": f'{kind}/mp4; codecs="{self.remuxer.codec_string(track)}"',
            "parts": [base64.b64encode(part).decode() for part in parts],
        }


@pytest.fixture(scope="module", params=["mp4", "mkv"])
def film(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Film:
    """Ten seconds whose frames carry their number as eight boxes, with B-frames in a pyramid."""
    folder = tmp_path_factory.mktemp("chromium")
    path = folder / "film.mp4"
    boxes = [f"drawbox=x={20 * k}:y=0:w=20:h=20:c=white:t=fill:enable='gt(bitand(n,{1 << k}),0)'" for k in range(BITS)]
    picture = ",".join([f"drawbox=x=0:y=0:w={20 * BITS}:h=20:c=black:t=fill", *boxes])
    ffmpeg(
        *("-f", "lavfi", "-i", f"testsrc2=s=320x180:r={RATE}", "-f", "lavfi", "-i", "sine=440:r=48000", "-t", "10"),
        *("-vf", picture, "-pix_fmt", "yuv420p", "-c:v", "libx264", "-preset", "ultrafast", "-bf", "3"),
        *(
            "-b_strategy",
            "0",
            "-g",
            "48",
            "-x264-params",
            "b-pyramid=normal:ref=3:scenecut=0",
            "-c:a",
            "aac",
            str(path),
        ),
    )
    if request.param == "mkv":
        again = Path(folder / "film.mkv")
        # Times to the millisecond, as Matroska has them; the picture starts at zero there too.
        ffmpeg("-i", str(path), "-map", "0", "-c", "copy", "-avoid_negative_ts", "disabled", str(again))
        path = again
    index = build_index(path, info_of(path))
    return Film(index, Remuxer.open(path, index))


async def evaluate(film: Film, segments: range, script: str) -> tuple[Any, Any]:
    """Load segments into a page and run ``script``; what is buffered, and the script's result."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=shutil.which("chromium"),
            args=["--no-sandbox", "--autoplay-policy=no-user-gesture-required"],
        )
        try:
            page: Page = await browser.new_page()
            await page.set_content(PAGE)
            buffered = await page.evaluate("tracks => load(tracks)", film.tracks(segments))
            return buffered, await page.evaluate(script)
        finally:
            await browser.close()


async def test_each_seek_shows_the_frame_of_that_time(film: Film) -> None:
    times = [0.0, 1.03, 2.05, 4.3, 5.99, 7.77, 9.5]
    script = f"(async () => {{ const out = []; for (const t of {times}) out.push(await seek(t)); return out; }})()"
    _, frames = await evaluate(film, range(film.index.segment_count), script)
    for time, (media_time, number) in zip(times, frames, strict=True):
        assert media_time == pytest.approx(number * FRAME, abs=0.0011)
        # A segment's last frame may give way to the one before it: see ADR 0003.
        assert -0.001 <= time - media_time <= 2 * FRAME or 0 <= media_time - time <= FRAME


async def test_segments_in_the_middle_play_at_their_own_time_without_gaps(film: Film) -> None:
    start = float(film.index.media_time(2))
    script = f"(async () => {{ video.currentTime = {start + 0.01}; return await play(1.5); }})()"
    buffered, frames = await evaluate(film, range(2, film.index.segment_count), script)
    for ranges in buffered:
        assert len(ranges) == 1
        assert ranges[0][0] == pytest.approx(start, abs=0.03)
        assert ranges[0][1] == pytest.approx(float(Fraction(film.index.duration)), abs=2.5 * FRAME)
    numbers = [number for _, number in frames]
    assert len(numbers) > 5
    assert numbers == sorted(numbers)
    assert all(media_time == pytest.approx(number * FRAME, abs=0.0011) for media_time, number in frames)
