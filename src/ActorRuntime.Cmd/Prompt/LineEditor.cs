namespace ActorRuntime.Cmd.Prompt;

/// <summary>What a key led to.</summary>
internal enum LineEdit
{
    /// <summary>The line or the cursor may have changed.</summary>
    Changed,

    /// <summary>The line is done.</summary>
    Submitted,

    /// <summary>The line was given up (Ctrl-C).</summary>
    Abandoned,

    /// <summary>No more lines come (Ctrl-D on an empty line).</summary>
    Ended,

    /// <summary>The screen should be cleared (Ctrl-L).</summary>
    ClearScreen,
}

/// <summary>Edits one line: sans-IO, keys in, text and cursor out. Keys are those of every shell.</summary>
/// <param name="history">Lines for the arrow keys.</param>
/// <param name="commands">Commands for the tab key.</param>
internal sealed class LineEditor(History history, IReadOnlyList<string> commands)
{
    private const int CharactersMax = 4096;
    private int _shown = history.Count;
    private string _draft = "";

    /// <summary>The line so far.</summary>
    public string Text { get; private set; } = "";

    /// <summary>Characters before the cursor.</summary>
    public int Cursor { get; private set; }

    /// <summary>What the word before the cursor may become, after a tab that could not decide; else empty.</summary>
    public IReadOnlyList<string> Choices { get; private set; } = [];

    /// <summary>Takes in one key.</summary>
    public LineEdit Apply(ConsoleKeyInfo key)
    {
        Choices = [];
        if (key.Modifiers.HasFlag(ConsoleModifiers.Control)) return ApplyControl(key.Key);
        switch (key.Key)
        {
            case ConsoleKey.Enter: return LineEdit.Submitted;
            case ConsoleKey.Tab: Complete(); break;
            case ConsoleKey.Backspace: Remove(Cursor - 1, Cursor); break;
            case ConsoleKey.Delete: Remove(Cursor, Cursor + 1); break;
            case ConsoleKey.LeftArrow: Cursor = Math.Max(0, Cursor - 1); break;
            case ConsoleKey.RightArrow: Cursor = Math.Min(Text.Length, Cursor + 1); break;
            case ConsoleKey.Home: Cursor = 0; break;
            case ConsoleKey.End: Cursor = Text.Length; break;
            case ConsoleKey.UpArrow: Recall(_shown - 1); break;
            case ConsoleKey.DownArrow: Recall(_shown + 1); break;
            default:
                if (!char.IsControl(key.KeyChar)) Insert(key.KeyChar.ToString());
                break;
        }
        return LineEdit.Changed;
    }

    /// <summary>The part of the line that fits into <paramref name="width"/> columns, and the cursor's place in it.</summary>
    public (string Visible, int Cursor) View(int width)
    {
        var start = Math.Max(0, Cursor - width + 1);
        return (Text.Substring(start, Math.Min(width, Text.Length - start)), Cursor - start);
    }

    private LineEdit ApplyControl(ConsoleKey key)
    {
        switch (key)
        {
            case ConsoleKey.C: return LineEdit.Abandoned;
            case ConsoleKey.D when Text.Length == 0: return LineEdit.Ended;
            case ConsoleKey.D: Remove(Cursor, Cursor + 1); break;
            case ConsoleKey.L: return LineEdit.ClearScreen;
            case ConsoleKey.J or ConsoleKey.M: return LineEdit.Submitted;
            case ConsoleKey.A: Cursor = 0; break;
            case ConsoleKey.E: Cursor = Text.Length; break;
            case ConsoleKey.U: Remove(0, Cursor); break;
            case ConsoleKey.K: Remove(Cursor, Text.Length); break;
            case ConsoleKey.W: Remove(WordStart(), Cursor); break;
            case ConsoleKey.P: Recall(_shown - 1); break;
            case ConsoleKey.N: Recall(_shown + 1); break;
            default: break;
        }
        return LineEdit.Changed;
    }

    private void Insert(string text)
    {
        if (Text.Length + text.Length > CharactersMax) return;
        Text = Text.Insert(Cursor, text);
        Cursor += text.Length;
    }

    private void Remove(int from, int to)
    {
        if (from < 0 || to > Text.Length || from >= to) return;
        Text = Text.Remove(from, to - from);
        Cursor = from;
    }

    private int WordStart()
    {
        var start = Cursor;
        while (start > 0 && Text[start - 1] == ' ') start--;
        while (start > 0 && Text[start - 1] != ' ') start--;
        return start;
    }

    /// <summary>Shows an older or newer line; what was being written comes back after the newest.</summary>
    private void Recall(int index)
    {
        if (index < 0 || index > history.Count) return;
        if (_shown == history.Count) _draft = Text;
        _shown = index;
        Text = index == history.Count ? _draft : history[index];
        Cursor = Text.Length;
    }

    private void Complete()
    {
        var candidates = Completion.Candidates(Text[..Cursor], commands);
        if (candidates.Count == 0) return;
        var begun = Cursor - (Text.AsSpan(0, Cursor).LastIndexOf(' ') + 1);
        var start = Completion.CommonStart(candidates);
        Insert(start[begun..]);
        if (candidates.Count == 1) Insert(" ");
        else if (start.Length == begun) Choices = candidates;
    }
}
