using ActorRuntime.Node.Logging;
using Microsoft.Extensions.Logging;
using Xunit;

namespace ActorRuntime.Node.Tests.Logging;

public sealed class ConsoleLoggerFactoryTests
{
    [Fact]
    public void A_record_is_one_line_whatever_it_contains()
    {
        var line = LogLine.Render(
            new(2026, 1, 2, 3, 4, 5, 678, TimeSpan.Zero), LogLevel.Warning, "node-1", "Daemon", new EventId(3001), "a\nb\r\u001b[31mc",
            new InvalidOperationException("x\ny"));
        const string start = "2026-01-02T03:04:05.678Z WARN  node-1 Daemon[3001] a b  [31mc | System.InvalidOperationException: x y";
        Assert.StartsWith(start, line, StringComparison.Ordinal);
        Assert.DoesNotContain(line, char.IsControl);
    }

    [Theory]
    [InlineData("ActorRuntime.Cluster.Cluster", "Cluster")]
    [InlineData("actor-runtime://cluster/system/cluster/log", "/system/cluster/log")]
    [InlineData("actor-runtime.tcp://cluster@127.0.0.1:9101/user/a.b", "/user/a.b")]
    [InlineData("plain", "plain")]
    public void Categories_are_short(string category, string shown) => Assert.Equal(shown, LogLine.ShortCategory(category));

    [Fact]
    public void Disposing_writes_what_is_queued_and_nothing_below_the_level()
    {
        var output = new StringWriter();
        using (var factory = new ConsoleLoggerFactory("n", LogLevel.Information, output, TimeProvider.System))
        {
            var logger = factory.CreateLogger("ActorRuntime.Cluster.Daemon");
            Log(logger, LogLevel.Debug, "not this");
            for (var i = 0; i < 100; i++) Log(logger, LogLevel.Information, $"line {i}");
        }
        var lines = output.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(100, lines.Length);
        Assert.EndsWith("INFO  n Daemon line 99", lines[99], StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_reader_that_stands_still_holds_nobody_up_and_losses_are_said()
    {
        var output = new StuckWriter();
        using (var factory = new ConsoleLoggerFactory("n", LogLevel.Information, output, TimeProvider.System))
        {
            var logger = factory.CreateLogger("x");
            var writing = Task.Run(() =>
            {
                for (var i = 0; i < 20_000; i++) Log(logger, LogLevel.Information, "line");
            });
            await writing.WaitAsync(TimeSpan.FromSeconds(30));
            output.Release();
        }
        Assert.Contains("log lines dropped", output.Text, StringComparison.Ordinal);
    }

    private static void Log(ILogger logger, LogLevel level, string text) => logger.Log(level, default, text, null, (message, _) => message);

    private sealed class StuckWriter : StringWriter
    {
        private readonly TaskCompletionSource _released = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public string Text => ToString();

        public void Release() => _released.TrySetResult();

        public override async Task WriteLineAsync(string? value)
        {
            await _released.Task;
            WriteLine(value);
        }
    }
}
