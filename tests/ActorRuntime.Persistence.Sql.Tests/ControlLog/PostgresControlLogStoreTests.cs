using System.Collections.Concurrent;
using ActorRuntime.Persistence.ControlLog;
using ActorRuntime.Persistence.Sql.ControlLog;
using ActorRuntime.Persistence.Sql.Tests.Postgres;
using ActorRuntime.Persistence.TestKit;
using Xunit;

namespace ActorRuntime.Persistence.Sql.Tests.ControlLog;

[NeedsPostgres]
public sealed class PostgresControlLogStoreTests : ControlLogStoreSpec
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly TestDatabase _database = new();
    private readonly ProductionEnvironment _environment = new();

    protected override IControlLogStore Connect() => new PostgresControlLogStore(Options, _environment);

    private PostgresControlLogOptions Options => new() { Server = _database.Options, CallTimeout = Patience, OpenTimeout = Patience };

    [Fact]
    public async Task Watcher_is_told_of_what_another_node_appended()
    {
        var (a, b) = ((IWatchedControlLogStore)Open(), Open());
        await a.OpenAsync(default);
        using var heads = new BlockingCollection<long>();
        a.Watch(heads.Add);
        Assert.Equal(0, await NextAsync(heads));

        await b.AppendAsync(Entry(0, "p1"), default);
        while (await NextAsync(heads) != 1) { }

        _database.EndSessions();
        await AppendUntilAppliedAsync(b, 1);
        while (await NextAsync(heads) != 2) { }
    }

    [Fact, Trait("Requirement", "CL-8")]
    public async Task Of_racing_jumps_and_appends_on_one_head_a_single_one_wins()
    {
        const int rounds = 40;
        var stores = Enumerable.Range(0, 3).Select(_ => Open()).ToArray();
        foreach (var store in stores) await store.OpenAsync(default);

        for (var round = 0; round < rounds; round++)
        {
            var head = await stores[0].ReadHeadAsync(default);
            var outcomes = await Task.WhenAll(stores.Select((store, i) =>
                store.AppendAsync(Entry(head, $"{round}.{i}") with { Version = head + 1 + (10 * i) }, default).AsTask()));
            Assert.Single(outcomes, outcome => outcome == AppendOutcome.Applied);
        }

        Assert.Equal(rounds, (await stores[0].ReadAsync(1, 1000, default)).Count);
    }

    [Fact, Trait("Requirement", "CL-9")]
    public async Task Renewal_and_the_fence_of_its_row_never_both_succeed_on_the_same_sequence()
    {
        var (node, observer) = (Open(), Open());
        await observer.OpenAsync(default);
        for (ulong incarnation = 1; incarnation <= 40; incarnation++)
        {
            Assert.True(await node.RenewWitnessAsync("n1", incarnation, default));
            var head = await observer.ReadHeadAsync(default);
            var renewal = node.RenewWitnessAsync("n1", incarnation, default).AsTask();
            var fence = observer.AppendAsync(Entry(head, $"lost {incarnation}", fences: new WitnessFence("n1", incarnation, 1)), default).AsTask();

            var isFenced = await fence == AppendOutcome.Applied;
            Assert.NotEqual(await renewal, isFenced);
            if (!isFenced) await observer.AppendAsync(Entry(head, "anyhow", fences: new WitnessFence("n1", incarnation, null)), default);
        }
    }

    [Fact]
    public async Task Another_log_in_place_of_the_one_that_was_opened_is_refused()
    {
        var store = Open();
        await store.OpenAsync(default);
        _database.Execute("update control_log_identity set store_id = store_id + 1");
        _database.EndSessions();

        var refused = await RefusalAsync(store);

        Assert.Contains("another control log", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Tables_that_vanished_do_not_come_back_empty()
    {
        var store = Open();
        await store.OpenAsync(default);
        await store.AppendAsync(Entry(0, "p1"), default);
        _database.Execute($"drop schema {_database.Options.Schema} cascade");
        _database.EndSessions();

        var refused = await RefusalAsync(store);

        Assert.Contains("gone", refused.Message, StringComparison.Ordinal);
    }

    private static async Task<StoreRefusedException> RefusalAsync(IControlLogStore store)
    {
        while (true)
        {
            try
            {
                await store.ReadHeadAsync(default);
            }
            catch (StoreUnreachableException)
            {
                // The session that ended; the next call opens another one.
            }
            catch (StoreRefusedException e)
            {
                return e;
            }
        }
    }

    private static async Task AppendUntilAppliedAsync(IControlLogStore store, long seen)
    {
        while (await store.ReadHeadAsync(default).AsTask().ContinueWith(read => read.IsFaulted ? 0 : read.Result, TaskScheduler.Default) <= seen)
        {
            try
            {
                await store.AppendAsync(Entry(seen, "again"), default);
            }
            catch (StoreUnreachableException)
            {
                // The session that ended.
            }
        }
    }

    private static Task<long> NextAsync(BlockingCollection<long> heads) => Task.Run(() =>
    {
        Assert.True(heads.TryTake(out var head, Patience), "nobody was told");
        return head;
    });
}
