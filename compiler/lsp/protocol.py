"""Our values as those of the Language Server Protocol."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from lsprotocol import types

from compiler.diagnostics import Diagnostic, Severity
from compiler.driver import Checked
from compiler.lsp.fixes import Fix, fixes
from compiler.lsp.hover import Explained
from compiler.lsp.positions import Lines
from compiler.lsp.proposals import Kind, Proposal
from compiler.lsp.symbols import Symbol
from compiler.source import Source, Span
from compiler.syntax.outline import Item

_SEVERITIES = {
    Severity.ERROR: types.DiagnosticSeverity.Error,
    Severity.WARNING: types.DiagnosticSeverity.Warning,
    Severity.NOTE: types.DiagnosticSeverity.Information,
}
_KINDS = {
    Kind.KEY: types.CompletionItemKind.Field,
    Kind.VALUE: types.CompletionItemKind.Value,
    Kind.STEP: types.CompletionItemKind.Class,
    Kind.VARIABLE: types.CompletionItemKind.Variable,
    Kind.MEMBER: types.CompletionItemKind.Property,
}
_NAME = "freshet"
_BOM = "\ufeff"


class Document:
    """An open text, as the client counts its places."""

    def __init__(self, uri: str, text: str, encoding: str) -> None:
        self.uri = uri
        self._lines = Lines(text, encoding)
        self._skipped = len(text) - len(text.removeprefix(_BOM))
        """Characters in front that the compiler leaves out."""

    def offset(self, position: types.Position) -> int:
        """Return where a position is."""
        return self._lines.offset(position.line, position.character)

    def range(self, start: int, end: int) -> types.Range:
        """Return the range between two offsets."""
        return types.Range(start=self._position(start), end=self._position(end))

    def location(self, item: Item) -> types.Location:
        """Return where an item is named."""
        end = item.key_end if item.key else item.value_end
        return types.Location(uri=self.uri, range=self.range(item.start, end))

    def diagnostics(self, checked: Checked) -> list[types.Diagnostic]:
        """Return what was found in the text."""
        return [self._diagnostic(checked.source, each) for each in checked.diagnostics]

    def actions(self, checked: Checked, wanted: types.Range) -> list[types.CodeAction]:
        """Return what mends findings in a range."""
        start, end = (self.offset(each) - self._skipped for each in (wanted.start, wanted.end))
        found = fixes(checked.source, checked.diagnostics, start, end)
        return [self._action(checked.source, each) for each in found]

    def completions(self, proposals: Sequence[Proposal], *, snippets: bool) -> types.CompletionList:
        """Return what can be written, in this order."""
        items = [
            self._completion(each, number, snippets=snippets)
            for number, each in enumerate(proposals)
        ]
        return types.CompletionList(is_incomplete=False, items=items)

    def hover(self, explained: Explained) -> types.Hover:
        """Return what something means."""
        content = types.MarkupContent(kind=types.MarkupKind.Markdown, value=explained.text)
        return types.Hover(contents=content, range=self.range(explained.start, explained.end))

    def symbols(self, symbols: Iterable[Symbol]) -> list[types.DocumentSymbol]:
        """Return steps as symbols."""
        return [
            types.DocumentSymbol(
                name=each.name,
                detail=each.detail,
                kind=types.SymbolKind.Function,
                range=self.range(each.item.start, each.item.end),
                selection_range=self.range(each.item.start, each.item.key_end),
                children=self.symbols(each.children),
            )
            for each in symbols
        ]

    def _position(self, offset: int) -> types.Position:
        line, character = self._lines.place(offset)
        return types.Position(line=line, character=character)

    def _span(self, source: Source, span: Span) -> types.Range:
        start, end = source.index(span.start), source.index(span.end)
        return self.range(start + self._skipped, end + self._skipped)

    def _diagnostic(self, source: Source, diagnostic: Diagnostic) -> types.Diagnostic:
        help = f"\n{diagnostic.help}" if diagnostic.help else ""
        return types.Diagnostic(
            range=self._span(source, diagnostic.span),
            message=diagnostic.message + help + f"\nsee: freshet explain {diagnostic.code}",
            severity=_SEVERITIES[diagnostic.severity],
            code=diagnostic.code,
            source=_NAME,
            related_information=[
                types.DiagnosticRelatedInformation(
                    location=types.Location(uri=self.uri, range=self._span(source, each.span)),
                    message=each.message,
                )
                for each in diagnostic.related
            ],
        )

    def _action(self, source: Source, fix: Fix) -> types.CodeAction:
        place = self.range(fix.start + self._skipped, fix.end + self._skipped)
        edit = types.TextEdit(range=place, new_text=fix.replacement)
        return types.CodeAction(
            title=fix.title,
            kind=types.CodeActionKind.QuickFix,
            diagnostics=[self._diagnostic(source, fix.diagnostic)],
            edit=types.WorkspaceEdit(changes={self.uri: [edit]}),
            is_preferred=True,
        )

    def _completion(
        self, proposal: Proposal, number: int, *, snippets: bool
    ) -> types.CompletionItem:
        snippet = proposal.snippet if snippets else ""
        snippet_format = types.InsertTextFormat.Snippet
        return types.CompletionItem(
            label=proposal.label,
            kind=_KINDS[proposal.kind],
            detail=proposal.detail or None,
            documentation=types.MarkupContent(kind=types.MarkupKind.Markdown, value=proposal.doc),
            sort_text=f"{number:04}",
            text_edit=types.TextEdit(
                range=self.range(proposal.start, proposal.end), new_text=snippet or proposal.insert
            ),
            insert_text_format=snippet_format if snippet else types.InsertTextFormat.PlainText,
            insert_text_mode=types.InsertTextMode.AdjustIndentation,
        )
