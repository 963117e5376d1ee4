using System.Diagnostics;
using System.Globalization;

namespace ActorRuntime.Persistence.Local.Tests.Faults;

/// <summary>A process that appends to a store until it is killed, and says after each call how far it is.</summary>
internal static class AppendingProcess
{
    /// <summary>What the test assembly does when it is started as a program.</summary>
    public static async Task Main(string[] arguments)
    {
        var store = new SegmentStore(TestLogs.Options(arguments[0], Enum.Parse<FlushPolicy>(arguments[1])), new ProductionEnvironment());
        await store.OpenAsync(default);
        var log = await store.OpenLogAsync(TestLogs.Name, default) ?? await store.CreateAsync(TestLogs.Name, default, default);
        await using var output = new StreamWriter(Console.OpenStandardOutput()) { AutoFlush = true };
        await output.WriteLineAsync(log.StoreId.ToString(CultureInfo.InvariantCulture));
        for (var flushed = Task.CompletedTask; ; )
        {
            if (log.Head.Height % 1000 == 999) log.RecordTerm(log.Term + 1);
            log.Append(TestLogs.Next(log));
            if (flushed.IsCompleted) flushed = log.FlushAsync();
            await output.WriteLineAsync($"{log.Head.Height} {log.Term}");
        }
    }

    public static Process Start(string directory, FlushPolicy flush) => Process.Start(
        new ProcessStartInfo(Environment.ProcessPath!, [typeof(AppendingProcess).Assembly.Location, directory, flush.ToString()])
        {
            RedirectStandardOutput = true,
        })!;
}
