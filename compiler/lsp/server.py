"""The language server itself: texts come in, answers go out, over one connection.

The first parameter of a feature is called `ls`: so pygls knows what to call it with.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from lsprotocol import types
from pygls.lsp.server import LanguageServer

from compiler.driver import Checked
from compiler.lsp.completion import completion
from compiler.lsp.hover import hover
from compiler.lsp.names import Names
from compiler.lsp.protocol import Document
from compiler.lsp.references import reference_at
from compiler.lsp.symbols import symbols
from compiler.syntax.outline import Outline
from compiler.syntax.outline_reader import read_outline
from freshet import __version__

_DELAY_S = 0.2
"""Pause in typing after which a text is checked."""
_COMPLETION = types.CompletionOptions(trigger_characters=[" ", "{", ".", "-", ":"])
_FIXES = types.CodeActionOptions(code_action_kinds=[types.CodeActionKind.QuickFix])

Check = Callable[[bytes, str], Checked]
"""What finds the mistakes of a pipeline, given its bytes and its path."""
_Question = types.CompletionParams | types.HoverParams | types.DefinitionParams


def make_server(check: Check, names: Callable[[], Names]) -> Server:
    """Return a server that checks texts by `check`, and asks `names` what the account has."""
    server = Server(check, names)
    server.feature(types.TEXT_DOCUMENT_DID_OPEN)(_open)
    server.feature(types.TEXT_DOCUMENT_DID_CHANGE)(_change)
    server.feature(types.TEXT_DOCUMENT_DID_CLOSE)(_close)
    server.feature(types.TEXT_DOCUMENT_COMPLETION, _COMPLETION)(_complete)
    server.feature(types.TEXT_DOCUMENT_HOVER)(_hover)
    server.feature(types.TEXT_DOCUMENT_DEFINITION)(_define)
    server.feature(types.TEXT_DOCUMENT_DOCUMENT_SYMBOL)(_list_symbols)
    server.feature(types.TEXT_DOCUMENT_CODE_ACTION, _FIXES)(_mend)
    return server


class Server(LanguageServer):
    """Answers one client."""

    def __init__(self, check: Check, names: Callable[[], Names]) -> None:
        # Texts come whole: they are small, and then nobody can disagree about what a line is.
        sync = types.TextDocumentSyncKind.Full
        super().__init__("freshet", __version__, text_document_sync_kind=sync)
        self.names = names
        self._check = check
        self._waiting: dict[str, asyncio.Task[None]] = {}
        """Checks that begin when nobody types any more, by address of the text."""
        self._found: dict[str, tuple[str, Checked]] = {}
        """Texts that were checked last, and what was found: editors ask at every move."""

    def publish(self, uri: str) -> None:
        """Tell the client what is found in a text."""
        found = self.document(uri).diagnostics(self.checked(uri))
        version = self.workspace.get_text_document(uri).version
        params = types.PublishDiagnosticsParams(uri=uri, diagnostics=found, version=version)
        self.text_document_publish_diagnostics(params)

    def publish_later(self, uri: str) -> None:
        """Tell the client when nobody has typed for a while. Call from the event loop."""
        self.forget(uri)
        self._waiting[uri] = asyncio.create_task(self._wait_and_publish(uri))

    def forget(self, uri: str) -> None:
        """Drop what is known of a text, and do not check it."""
        self._found.pop(uri, None)
        task = self._waiting.pop(uri, None)
        if task:
            task.cancel()

    async def _wait_and_publish(self, uri: str) -> None:
        await asyncio.sleep(_DELAY_S)
        del self._waiting[uri]
        self.publish(uri)

    def checked(self, uri: str) -> Checked:
        """Return what is found in a text."""
        text = self.text(uri)
        if uri not in self._found or self._found[uri][0] != text:
            # A client can send half a surrogate pair, which is found to be no text.
            content = text.encode("utf-8", errors="surrogatepass")
            path = self.workspace.get_text_document(uri).path
            self._found[uri] = text, self._check(content, path)
        return self._found[uri][1]

    def document(self, uri: str) -> Document:
        """Return an open text as the client counts its places."""
        encoding = self.workspace.position_encoding or types.PositionEncodingKind.Utf16
        return Document(uri, self.text(uri), encoding)

    def text(self, uri: str) -> str:
        """Return an open text."""
        return self.workspace.get_text_document(uri).source

    def place(self, params: _Question) -> tuple[Document, Outline, int]:
        """Return the text that a question is about, and the offset in it."""
        uri = params.text_document.uri
        document = self.document(uri)
        return document, read_outline(self.text(uri)), document.offset(params.position)

    @property
    def takes_snippets(self) -> bool:
        """Whether the client understands texts with places to fill in."""
        document = self.client_capabilities.text_document
        item = document.completion.completion_item if document and document.completion else None
        return bool(item and item.snippet_support)


def _open(ls: Server, params: types.DidOpenTextDocumentParams) -> None:
    ls.publish(params.text_document.uri)


async def _change(ls: Server, params: types.DidChangeTextDocumentParams) -> None:
    ls.publish_later(params.text_document.uri)


def _close(ls: Server, params: types.DidCloseTextDocumentParams) -> None:
    uri = params.text_document.uri
    ls.forget(uri)
    nothing = types.PublishDiagnosticsParams(uri=uri, diagnostics=[])
    ls.text_document_publish_diagnostics(nothing)


def _complete(ls: Server, params: types.CompletionParams) -> types.CompletionList:
    document, outline, offset = ls.place(params)
    proposals = completion(outline, offset, ls.names())
    return document.completions(proposals, snippets=ls.takes_snippets)


def _hover(ls: Server, params: types.HoverParams) -> types.Hover | None:
    document, outline, offset = ls.place(params)
    explained = hover(outline, offset)
    return document.hover(explained) if explained else None


def _define(ls: Server, params: types.DefinitionParams) -> types.Location | None:
    document, outline, offset = ls.place(params)
    reference = reference_at(outline, offset)
    return document.location(reference.target) if reference and reference.target else None


def _list_symbols(ls: Server, params: types.DocumentSymbolParams) -> list[types.DocumentSymbol]:
    uri = params.text_document.uri
    return ls.document(uri).symbols(symbols(read_outline(ls.text(uri))))


def _mend(ls: Server, params: types.CodeActionParams) -> list[types.CodeAction]:
    uri = params.text_document.uri
    return ls.document(uri).actions(ls.checked(uri), params.range)
