using ActorRuntime.Persistence.Sql.Journal;
using Xunit;

namespace ActorRuntime.Persistence.Sql.Tests.Journal;

public sealed class JournalWriterTests : IAsyncLifetime
{
    private const int Calls = 400_000;

    private readonly TemporaryDirectory _directory = new();
    private readonly ProductionEnvironment _environment = new();

    public Task InitializeAsync() => Task.CompletedTask;

    public Task DisposeAsync()
    {
        _directory.Delete();
        return Task.CompletedTask;
    }

    /// <summary>Goal: what is queued in the very moment in which the worker goes to rest is carried out, though nothing comes after it that would wake the worker again.
    /// Method: each call is queued by the end of the one before; a lost one would wait until the watch fails it.</summary>
    [Fact]
    public async Task Call_queued_while_the_worker_goes_to_rest_is_carried_out()
    {
        var options = new SqliteJournalOptions { Path = _directory.File("journal.db"), WriteTimeout = TimeSpan.FromMinutes(1) };
        using var database = new SqliteJournalDatabase(options, onCommit: null);
        await using var writer = new JournalWriter(database, options, _environment);

        var carriedOut = 0;
        while (carriedOut < Calls) carriedOut += await writer.RunAsync(static _ => 1);

        Assert.Equal(Calls, carriedOut);
    }
}
