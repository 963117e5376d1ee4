using ActorRuntime.Cmd.Prompt;
using FsCheck;
using FsCheck.Fluent;
using Xunit;

namespace ActorRuntime.Cmd.Tests.Prompt;

[Trait("Requirement", "AR-8")]
public sealed class LineEditorTests
{
    private static readonly string[] Commands = ["cluster show", "cluster status", "cluster down", "log tail", "log show", "why"];

    private static readonly ConsoleKey[] Plain =
        [ConsoleKey.Tab, ConsoleKey.Backspace, ConsoleKey.Delete, ConsoleKey.LeftArrow, ConsoleKey.RightArrow, ConsoleKey.Home,
         ConsoleKey.End, ConsoleKey.UpArrow, ConsoleKey.DownArrow, ConsoleKey.F5];

    private static readonly ConsoleKey[] Controls =
        [ConsoleKey.A, ConsoleKey.E, ConsoleKey.U, ConsoleKey.K, ConsoleKey.W, ConsoleKey.P];

    private readonly History _history = new();

    [Fact]
    public void Typing_and_editing_keys_change_the_line()
    {
        var editor = Typed("why not");
        Press(editor, ConsoleKey.Home);
        Type(editor, "so ");
        Press(editor, ConsoleKey.End, ConsoleKey.Backspace, ConsoleKey.LeftArrow, ConsoleKey.Delete);
        Assert.Equal(("so why n", 8), (editor.Text, editor.Cursor));
        Control(editor, ConsoleKey.W);
        Assert.Equal("so why ", editor.Text);
        Control(editor, ConsoleKey.A, ConsoleKey.K);
        Assert.Equal("", editor.Text);
    }

    [Fact]
    public void Arrows_walk_through_history_and_back_to_the_draft()
    {
        foreach (var line in new[] { "one", "two", "two", " ", "three" }) _history.Add(line);
        var editor = Typed("draft");
        Assert.Equal("three", Press(editor, ConsoleKey.UpArrow));
        Assert.Equal("two", Press(editor, ConsoleKey.UpArrow));
        Assert.Equal("one", Press(editor, ConsoleKey.UpArrow, ConsoleKey.UpArrow));
        Assert.Equal("draft", Press(editor, ConsoleKey.DownArrow, ConsoleKey.DownArrow, ConsoleKey.DownArrow, ConsoleKey.DownArrow));
    }

    [Theory]
    [InlineData("cl", "cluster ", "")]
    [InlineData("cluster sh", "cluster show ", "")]
    [InlineData("cluster s", "cluster s", "show|status")]
    [InlineData("l", "log ", "")]
    [InlineData("log ", "log ", "show|tail")]
    [InlineData("", "", "cluster|log|why")]
    [InlineData("x", "x", "")]
    [InlineData("why ", "why ", "")]
    public void Tab_completes_what_is_certain_and_lists_the_rest(string typed, string text, string choices)
    {
        var editor = Typed(typed);
        Assert.Equal(text, Press(editor, ConsoleKey.Tab));
        Assert.Equal(choices, string.Join('|', editor.Choices));
    }

    [Fact]
    public void Tab_completes_before_the_cursor_only()
    {
        var editor = Typed("clu show");
        for (var i = 0; i < 5; i++) Press(editor, ConsoleKey.LeftArrow);
        Press(editor, ConsoleKey.Tab);
        Assert.Equal(("cluster  show", 8), (editor.Text, editor.Cursor));
    }

    [Fact]
    public void Line_ends_as_shells_end_it()
    {
        Assert.Equal(LineEdit.Submitted, Typed("x").Apply(Key(ConsoleKey.Enter)));
        Assert.Equal(LineEdit.Abandoned, Typed("x").Apply(Key(ConsoleKey.C, control: true)));
        Assert.Equal(LineEdit.Changed, Typed("x").Apply(Key(ConsoleKey.D, control: true)));
        Assert.Equal(LineEdit.Ended, Typed("").Apply(Key(ConsoleKey.D, control: true)));
    }

    [Fact]
    public void Any_keys_leave_the_cursor_in_the_line_and_in_view()
    {
        var keys = Gen.Elements(
            [.. "ab c".Select(c => new ConsoleKeyInfo(c, ConsoleKey.None, false, false, false)),
             .. Plain.Select(key => Key(key)),
             .. Controls.Select(key => Key(key, control: true))]);
        _history.Add("an older line");
        Check.One(FsCheck.Config.QuickThrowOnFailure.WithMaxTest(500), Prop.ForAll(keys.ArrayOf().ToArbitrary(), pressed =>
        {
            var editor = new LineEditor(_history, Commands);
            foreach (var key in pressed)
            {
                editor.Apply(key);
                var (visible, cursor) = editor.View(5);
                if (editor.Cursor < 0 || editor.Cursor > editor.Text.Length || visible.Length > 5 || cursor is < 0 or > 4) return false;
                if (editor.Text[(editor.Cursor - cursor)..].StartsWith(visible, StringComparison.Ordinal) is false) return false;
            }
            return true;
        }));
    }

    [Fact]
    public void History_forgets_the_oldest_lines()
    {
        for (var i = 0; i < History.LinesMax + 10; i++) _history.Add($"line {i}");
        Assert.Equal((History.LinesMax, "line 10"), (_history.Count, _history[0]));
    }

    private LineEditor Typed(string text)
    {
        var editor = new LineEditor(_history, Commands);
        Type(editor, text);
        return editor;
    }

    private static void Type(LineEditor editor, string text)
    {
        foreach (var c in text) editor.Apply(new ConsoleKeyInfo(c, ConsoleKey.None, false, false, false));
    }

    private static string Press(LineEditor editor, params ConsoleKey[] keys)
    {
        foreach (var key in keys) editor.Apply(Key(key));
        return editor.Text;
    }

    private static void Control(LineEditor editor, params ConsoleKey[] keys)
    {
        foreach (var key in keys) editor.Apply(Key(key, control: true));
    }

    private static ConsoleKeyInfo Key(ConsoleKey key, bool control = false) => new('\0', key, false, false, control);
}
