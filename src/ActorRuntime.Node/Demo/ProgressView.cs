using System.Globalization;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace ActorRuntime.Node.Demo;

/// <summary>Shows the run while it goes on, on standard error.</summary>
internal abstract class ProgressView
{
    /// <summary>A table that is redrawn where standard error is a terminal, else plain lines.</summary>
    public static ProgressView Create() =>
        Console.IsErrorRedirected ? new PlainProgressView(Console.Error) : new LiveProgressView();

    /// <summary>Runs <paramref name="work"/> with the view open.</summary>
    public abstract Task RunAsync(Func<Task> work);

    /// <summary>The newest look; drawn as often as the view likes.</summary>
    public abstract void Show(DemoProgress progress);

    /// <summary>Something that happened.</summary>
    public abstract void Tell(TimeSpan elapsed, string text);

    protected static string Line(TimeSpan elapsed, string text) =>
        string.Create(CultureInfo.InvariantCulture, $"{elapsed.TotalSeconds,7:N2} s  {text}");
}

/// <summary>A line per second, and one per happening.</summary>
internal sealed class PlainProgressView(TextWriter output) : ProgressView
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);
    private TimeSpan? _last;

    public override Task RunAsync(Func<Task> work) => work();

    public override void Show(DemoProgress progress)
    {
        if (_last is { } last && progress.Elapsed - last < Interval && progress.Items < progress.ItemsTotal) return;
        _last = progress.Elapsed;
        output.WriteLine(progress);
    }

    public override void Tell(TimeSpan elapsed, string text) => output.WriteLine(Line(elapsed, text));
}

/// <summary>A table of nodes, a bar of items and the newest happenings, redrawn in place.</summary>
internal sealed class LiveProgressView : ProgressView
{
    private const int HappeningsMax = 12;
    private readonly IAnsiConsole _console = AnsiConsole.Create(new() { Out = new AnsiConsoleOutput(Console.Error) });
    private readonly Queue<string> _happenings = new();
    private DemoProgress? _progress;
    private LiveDisplayContext? _context;

    public override Task RunAsync(Func<Task> work) => _console.Live(new Text("")).StartAsync(context =>
    {
        _context = context;
        return work();
    });

    public override void Show(DemoProgress progress)
    {
        _progress = progress;
        Draw();
    }

    public override void Tell(TimeSpan elapsed, string text)
    {
        if (_happenings.Count == HappeningsMax) _happenings.Dequeue();
        _happenings.Enqueue(Line(elapsed, text));
        Draw();
    }

    private void Draw()
    {
        var rows = new List<IRenderable>();
        if (_progress is { } progress)
        {
            var table = new Table().Border(TableBorder.Rounded).AddColumn("node").AddColumn("status").AddColumn("active senders");
            foreach (var node in progress.Nodes)
            {
                table.AddRow(new Text(node.Name), new Text(node.Status + (node.Decides ? ", decides" : "")),
                    new Text($"{new string('█', node.Senders)} {node.Senders}"));
            }
            rows.Add(table);
            rows.Add(new BarChart().WithMaxValue(Math.Max(progress.ItemsTotal, 1)).Width(60).AddItem("items", progress.Items, Color.Green));
            rows.Add(new Text(string.Create(CultureInfo.InvariantCulture,
                $"{progress.Elapsed.TotalSeconds:N1} s, senders muted {progress.Muted}, flows without a sender {progress.Waiting}")));
        }
        rows.AddRange(_happenings.Select(line => new Text(line)));
        _context?.UpdateTarget(new Rows(rows));
    }
}
