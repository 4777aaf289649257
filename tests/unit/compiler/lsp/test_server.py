"""The language server as an editor meets it: a process that speaks the protocol."""

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from lsprotocol import types
from pygls.lsp.client import LanguageClient

from compiler.cli.command import run_command_line
from tests.conformance.schema import SCHEMA
from tests.contract.registry import ghcr, serving

_LIMIT_S = 30.0
_COMMAND = (sys.executable, "-m", "compiler", "lsp")
_URI = "file:///tmp/codefresh.yml"
_WRONG = "version: '1.0'\nsteps:\n  image:\n    type: build\n    image_nam: '😀'\n"
_RIGHT = _WRONG.replace("image_nam:", "image_name:").replace("😀", "app")


class Editor:
    """A scripted client."""

    def __init__(self) -> None:
        self.client = LanguageClient("test", "1")
        self._published: asyncio.Queue[types.PublishDiagnosticsParams] = asyncio.Queue()

        @self.client.feature(  # type: ignore[untyped-decorator]  # pygls leaves it untyped
            types.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS
        )
        def _note(params: types.PublishDiagnosticsParams) -> None:
            self._published.put_nowait(params)

    async def start(self, *options: str, **environment: str) -> types.InitializeResult:
        await self.client.start_io(*_COMMAND, *options, env=os.environ | environment)
        item = types.ClientCompletionItemOptions(snippet_support=True)
        completion = types.CompletionClientCapabilities(completion_item=item)
        capabilities = types.ClientCapabilities(
            text_document=types.TextDocumentClientCapabilities(completion=completion)
        )
        params = types.InitializeParams(capabilities=capabilities)
        result = await self.client.initialize_async(params)
        self.client.initialized(types.InitializedParams())
        return result

    async def stop(self) -> int | None:
        await self.client.shutdown_async(None)
        self.client.exit(None)
        return await self.ended()

    async def ended(self) -> int | None:
        process = self.client._server
        assert process
        async with asyncio.timeout(_LIMIT_S):
            code = await process.wait()
        await self.client.stop()  # type: ignore[no-untyped-call]  # as above
        return code

    def open(self, text: str) -> None:
        document = types.TextDocumentItem(uri=_URI, language_id="yaml", version=1, text=text)
        self.client.text_document_did_open(types.DidOpenTextDocumentParams(text_document=document))

    def change(self, text: str, version: int) -> None:
        self.client.text_document_did_change(
            types.DidChangeTextDocumentParams(
                text_document=types.VersionedTextDocumentIdentifier(version=version, uri=_URI),
                content_changes=[types.TextDocumentContentChangeWholeDocument(text=text)],
            )
        )

    async def diagnostics(self, version: int) -> list[types.Diagnostic]:
        """Return what was found in a version of the text."""
        async with asyncio.timeout(_LIMIT_S):
            while True:
                published = await self._published.get()
                if published.version == version:
                    return list(published.diagnostics)


@pytest.fixture
async def editor() -> AsyncIterator[Editor]:
    editor = Editor()
    yield editor
    process = editor.client._server
    if process and process.returncode is None:
        process.kill()
        await process.wait()


_DOCUMENT = types.TextDocumentIdentifier(uri=_URI)


def _at(text: str, word: str) -> types.Position:
    before = text[: text.index(word) + len(word)]
    return types.Position(before.count("\n"), len(before) - before.rfind("\n") - 1)


async def test_an_editor_at_work(editor: Editor) -> None:
    capabilities = (await editor.start()).capabilities
    assert capabilities.text_document_sync
    assert capabilities.hover_provider

    editor.open(_WRONG)
    wrong = next(each for each in await editor.diagnostics(1) if each.code == "FR110")
    assert wrong.range == types.Range(types.Position(4, 4), types.Position(4, 13))
    assert "freshet explain FR110" in wrong.message

    actions = await editor.client.text_document_code_action_async(
        types.CodeActionParams(_DOCUMENT, wrong.range, types.CodeActionContext([wrong]))
    )
    assert [each.title for each in actions or ()] == ['Change to "image_name"']

    text = _RIGHT + "  push:\n    type: push\n    candidate: ${{image}}\n    title: ${{steps.im"
    editor.change(_RIGHT, 2)
    editor.change(text, 3)
    assert all(each.code != "FR110" for each in await editor.diagnostics(3))

    completion = await editor.client.text_document_completion_async(
        types.CompletionParams(_DOCUMENT, _at(text, "${{steps.im"))
    )
    assert isinstance(completion, types.CompletionList)
    assert [each.label for each in completion.items] == ["image"]

    hover = await editor.client.text_document_hover_async(
        types.HoverParams(_DOCUMENT, _at(text, "cand"))
    )
    assert hover
    assert isinstance(hover.contents, types.MarkupContent)
    assert "**candidate** (required)" in hover.contents.value

    place = await editor.client.text_document_definition_async(
        types.DefinitionParams(_DOCUMENT, _at(text, "${{imag"))
    )
    assert isinstance(place, types.Location)
    assert place.range == types.Range(types.Position(2, 2), types.Position(2, 7))

    symbols = await editor.client.text_document_document_symbol_async(
        types.DocumentSymbolParams(_DOCUMENT)
    )
    assert [(each.name) for each in symbols or ()] == ["image", "push"]

    assert await editor.stop() == 0


async def test_a_type_is_completed_with_its_required_keys(editor: Editor) -> None:
    await editor.start()
    text = "version: '1.0'\nsteps:\n  a:\n    type: "
    editor.open(text)

    completion = await editor.client.text_document_completion_async(
        types.CompletionParams(_DOCUMENT, _at(text, "type: "))
    )

    assert isinstance(completion, types.CompletionList)
    build = next(each for each in completion.items if each.label == "build")
    assert build.insert_text_format == types.InsertTextFormat.Snippet
    assert isinstance(build.text_edit, types.TextEdit)
    assert build.text_edit.new_text == "build\nimage_name: $1"
    assert await editor.stop() == 0


async def test_names_come_from_a_catalog(editor: Editor, tmp_path: Path) -> None:
    catalog = tmp_path / "catalog.yml"
    catalog.write_text("registries:\n- name: ghcr\n  provider: ghcr\n  domain: ghcr.io\n")
    await editor.start("--catalog", str(catalog))

    proposed = await _proposed(editor, _RIGHT + "    registry: ghc")

    assert proposed == ["ghcr"]
    assert "FR202" in {each.code for each in await editor.diagnostics(1)}
    assert await editor.stop() == 0


async def _proposed(editor: Editor, text: str) -> list[str]:
    """Return what is proposed at the end of a text."""
    editor.open(text)
    line, character = text.count("\n"), len(text) - text.rfind("\n") - 1
    completion = await editor.client.text_document_completion_async(
        types.CompletionParams(_DOCUMENT, types.Position(line, character))
    )
    assert isinstance(completion, types.CompletionList)
    return [each.label for each in completion.items]


async def test_names_come_from_the_registry_service_that_runs(
    editor: Editor, tmp_path: Path
) -> None:
    async with serving(tmp_path) as service:
        await service.create("acme-ghcr", ghcr())
        await editor.start(FRESHET_REGISTRY_SERVICE=service.address)

        assert await _proposed(editor, _RIGHT + "    registry: ") == ["acme-ghcr"]
        assert await editor.stop() == 0


@pytest.mark.parametrize("address", ["", "unix:/nonexistent/freshet.sock", "nonsense"])
async def test_without_a_registry_service_nothing_is_proposed_or_started(
    editor: Editor, tmp_path: Path, address: str
) -> None:
    state = tmp_path / "state"
    await editor.start(FRESHET_REGISTRY_SERVICE=address, FRESHET_STATE_DIRECTORY=str(state))

    assert await _proposed(editor, _RIGHT + "    registry: ") == []
    assert not state.exists()
    assert await editor.stop() == 0


async def test_any_text_is_answered(editor: Editor) -> None:
    await editor.start()
    editor.open("")

    for version, text in enumerate(["\ufeffversion: 1", "a: \ud83d", "{" * 500, "a: !!x *y\t"], 2):
        editor.change(text, version)
        completion = types.CompletionParams(_DOCUMENT, types.Position(9, 9))
        await editor.client.text_document_completion_async(completion)
        assert await editor.diagnostics(version)

    assert await editor.stop() == 0


def test_the_end_of_input_ends_the_server() -> None:
    done = subprocess.run(_COMMAND, input=b"", capture_output=True, timeout=_LIMIT_S)

    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")


@pytest.mark.parametrize("address", ["0.0.0.0:9", "example.com:9", "nonsense", "unix:/tmp/s"])
def test_only_this_machine_can_connect(address: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command_line(["lsp", "--tcp", address]) == 2
    assert "--tcp" in capsys.readouterr().err


def test_schema_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command_line(["schema"]) == 0
    assert json.loads(capsys.readouterr().out) == SCHEMA
