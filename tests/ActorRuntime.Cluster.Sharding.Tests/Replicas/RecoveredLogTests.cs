using System.Buffers;
using ActorRuntime.Cluster.Sharding.Replicas.Records;
using ActorRuntime.Cluster.Sharding.Replicas.Recovery;
using ActorRuntime.Cluster.View;
using ActorRuntime.Persistence.Blocks;
using ActorRuntime.Persistence.Journal;
using ActorRuntime.Persistence.Snapshot;
using ActorRuntime.Util;

namespace ActorRuntime.Cluster.Sharding.Tests.Replicas;

/// <summary>
/// The log with which a shard goes on after a loss. The store has what the first blocks of the log of terms 2 and 3 wrote; copies that were not in sync are
/// prefixes of it, longer, or end in blocks that were never committed.
/// </summary>
public sealed class RecoveredLogTests
{
    private const string Scope = "t/0";
    private const long Recovered = 50, Term = 51;
    private readonly InMemoryJournal _journal = new();
    private readonly InMemorySnapshotStore _snapshots = new();
    private readonly InMemoryBlockStore _store = new(new Prng(1));

    [Fact, Trait("Requirement", "SR-4")]
    public async Task From_the_store_it_begins_above_its_height_and_no_earlier_leader_moves_that_any_more()
    {
        await WriteBehindAsync(2, Block(2, Event("a", 1, 2)), Block(2, Event("a", 2, 2)));

        var log = await OpenAsync(null);

        Assert.Equal((2, 2, Recovered), (log.Start.Height, log.Head.Height, log.Term));
        await Assert.ThrowsAsync<FencedException>(() => WriteBehindAsync(2, Block(2, Event("a", 3, 2))));
        Assert.Equal(2, await _journal.ReadHighestSequenceNrAsync("a", default));
    }

    [Fact, Trait("Requirement", "SR-4")]
    public async Task Every_node_that_makes_it_begins_at_the_same_place_and_another_recovery_at_another()
    {
        await WriteBehindAsync(2, Block(2, Event("a", 1, 2)));
        var (first, second) = (await OpenAsync(null), await OpenAsync(null, new InMemoryBlockStore(new Prng(2)), Term + 1));

        Assert.Equal(first.Start, second.Start);
        Assert.NotEqual(first.StoreId, second.StoreId);
        Assert.NotEqual(first.Start.Digest, RecoveredLog.StartAt(Scope, Recovered + 1, 1).Digest);
        Assert.Equal(default, RecoveredLog.StartAt(Scope, Recovered, 0));
    }

    [Fact, Trait("Requirement", "SR-4")]
    public async Task A_copy_that_reaches_further_is_gone_on_from_and_stays_as_it_was()
    {
        await WriteBehindAsync(2, Block(2, Event("a", 1, 2)), Block(2, Event("b", 1, 2)));
        var old = await KeepAsync(Block(2, Event("a", 1, 2)), Block(2, Event("b", 1, 2)), Block(3), Block(3, Event("a", 2, 3)), Block(3, Event("a", 3, 3), Event("c", 1, 3)));

        var log = await OpenAsync(old.StoreId);

        Assert.Equal((0, 5, old.Head), (log.Start.Height, log.Head.Height, log.Head));
        Assert.NotEqual(old.StoreId, log.StoreId);
        log.Append(Persistence.Blocks.Block.Create(6, Term, log.Head.Digest, []));
        Assert.Equal((5, 2), (old.Head.Height, _store.Logs.Count));
        Assert.True(_store.Logs.All(static name => RecoveredLog.IsOf(name, "t", "0")));
    }

    [Theory, Trait("Requirement", "SR-4")]
    [InlineData("no further")]
    [InlineData("another block where the store is")]
    [InlineData("a number that the store has")]
    [InlineData("a number too many")]
    public async Task A_copy_that_does_not_continue_the_store_is_left(string how)
    {
        await WriteBehindAsync(3, Block(2, Event("a", 1, 2)), Block(3, Event("a", 2, 3)));
        var old = how switch
        {
            "no further" => await KeepAsync(Block(2, Event("a", 1, 2)), Block(3, Event("a", 2, 3))),
            "another block where the store is" => await KeepAsync(Block(2, Event("a", 1, 2)), Block(2, Event("a", 2, 2)), Block(2, Event("a", 3, 2))),
            "a number that the store has" => await KeepAsync(Block(2, Event("a", 1, 2)), Block(2), Block(2, Event("a", 2, 2))),
            _ => await KeepAsync(Block(2, Event("a", 1, 2)), Block(3, Event("a", 2, 3)), Block(3, Event("a", 4, 3))),
        };

        Assert.Equal((2, 2), ((await OpenAsync(old.StoreId)).Start.Height, (await OpenAsync(old.StoreId)).Head.Height));
    }

    [Fact, Trait("Requirement", "SR-4")]
    public async Task Events_that_were_deleted_are_no_sign_of_another_history()
    {
        await WriteBehindAsync(2, Block(2, Event("a", 1, 2)));
        await _journal.DeleteAsync(new WriterFence(Scope, 2), "a", 1);
        var old = await KeepAsync(Block(2, Event("a", 1, 2)), Block(2, Event("a", 2, 2)));

        Assert.Equal(2, (await OpenAsync(old.StoreId)).Head.Height);
    }

    [Fact, Trait("Requirement", "SR-4")]
    public async Task A_copy_that_is_not_there_is_not_replaced_by_anything_less()
    {
        await Assert.ThrowsAsync<CopyMissingException>(() => OpenAsync(7));
        await KeepAsync(Block(2));
        await Assert.ThrowsAsync<CopyMissingException>(() => OpenAsync(7));
        Assert.DoesNotContain(RecoveredLog.NameOf("t", "0", Recovered), _store.Logs);
    }

    [Fact, Trait("Requirement", "SR-4")]
    public async Task What_was_begun_is_gone_on_with_and_what_was_copied_in_part_is_copied_anew()
    {
        var old = await KeepAsync(Block(2, Event("a", 1, 2)), Block(2, Event("a", 2, 2)));
        var half = await _store.CreateAsync(RecoveredLog.NameOf("t", "0", Recovered), default, default);
        half.Append(old.Read(1));

        var log = await OpenAsync(old.StoreId);
        Assert.Equal(2, log.Head.Height);

        log.Append(Persistence.Blocks.Block.Create(3, Term, log.Head.Digest, []));
        Assert.Equal((3, log.StoreId), ((await OpenAsync(old.StoreId, term: Term + 1)).Head.Height, (await OpenAsync(old.StoreId, term: Term + 1)).StoreId));
    }

    private Task<IBlockLog> OpenAsync(ulong? from, IBlockStore? store = null, long term = Term) => RecoveredLog.OpenAsync(
        store ?? _store, _journal, _snapshots, "t", "0", new LogOrigin(Recovered, from is { } id ? new ReplicaId("a", id) : null, 0, []), term);

    private async Task WriteBehindAsync(long term, params (long Term, JournalEvent[] Events)[] blocks)
    {
        var fence = new WriterFence(Scope, term);
        var height = await _journal.RaiseFenceAsync(fence, default);
        await _journal.AppendCommittedAsync(fence, height, new CommittedBlocks(height + blocks.Length, [.. blocks.SelectMany(static block => block.Events)], []));
    }

    private async Task<IBlockLog> KeepAsync(params (long Term, JournalEvent[] Events)[] blocks)
    {
        var log = await _store.CreateAsync("t/0", default, default);
        foreach (var (term, events) in blocks)
        {
            var payload = new ArrayBufferWriter<byte>();
            foreach (var stored in events) ShardRecord.Write(stored, payload);
            log.Append(Persistence.Blocks.Block.Create(log.Head.Height + 1, term, log.Head.Digest, payload.WrittenSpan));
        }
        return log;
    }

    private static (long Term, JournalEvent[] Events) Block(long term, params JournalEvent[] events) => (term, events);

    private static JournalEvent Event(string id, long number, long term) =>
        new(id, number, "m", 1, new byte[] { 1 }, DateTimeOffset.UnixEpoch, new WriterFence(Scope, term));
}
