using ActorRuntime.Persistence.ControlLog;
using Xunit;

namespace ActorRuntime.Persistence.TestKit;

/// <summary>What every control-log store promises; <see cref="Connect"/> gives one more node's access to the same log.</summary>
public abstract class ControlLogStoreSpec : IAsyncLifetime
{
    private readonly List<IControlLogStore> _stores = [];

    protected abstract IControlLogStore Connect();

    public virtual Task InitializeAsync() => Task.CompletedTask;

    public virtual async Task DisposeAsync()
    {
        foreach (var store in _stores) await store.DisposeAsync();
    }

    [Fact]
    public async Task New_log_is_empty_and_every_node_finds_the_same_identity()
    {
        var (a, b) = (Open(), Open());

        var (first, second) = (await a.OpenAsync(default), await b.OpenAsync(default));

        Assert.Equal(first.StoreId, second.StoreId);
        Assert.Equal(first.Secret.ToArray(), second.Secret.ToArray());
        Assert.Equal(32, first.Secret.Length);
        Assert.Equal(0, await b.ReadHeadAsync(default));
        Assert.Empty(await b.ReadAsync(1, 10, default));
    }

    [Fact]
    public async Task Appended_row_is_read_by_another_node_as_it_was_written()
    {
        var (a, b) = (Open(), Open());
        const string text = "{\"kind\":\"node-joined\",\"node\":\"näva 'n1'\"}\n";

        Assert.Equal(AppendOutcome.Applied, await a.AppendAsync(Entry(0, "p1", text), default));

        var row = Assert.Single(await b.ReadAsync(1, 10, default));
        Assert.Equal((1L, "p1", text), (row.Version, row.ProposalId, row.Text));
        Assert.Equal(1, await b.ReadHeadAsync(default));
    }

    [Fact, Trait("Requirement", "CL-8")]
    public async Task Append_on_a_stale_head_is_a_conflict_and_writes_nothing()
    {
        var (a, b) = (Open(), Open());
        await a.AppendAsync(Entry(0, "p1"), default);

        Assert.Equal(AppendOutcome.Conflict, await b.AppendAsync(Entry(0, "p2"), default));

        Assert.Equal("p1", Assert.Single(await a.ReadAsync(1, 10, default)).ProposalId);
    }

    [Fact]
    public async Task Append_beyond_the_head_is_a_conflict()
    {
        var a = Open();

        Assert.Equal(AppendOutcome.Conflict, await a.AppendAsync(Entry(1, "p1"), default));

        Assert.Equal(0, await a.ReadHeadAsync(default));
    }

    [Fact]
    public async Task Reads_start_and_end_where_told()
    {
        var a = Open();
        for (var seen = 0; seen < 5; seen++) await a.AppendAsync(Entry(seen, $"p{seen + 1}"), default);

        Assert.Equal([2L, 3L], (await a.ReadAsync(2, 2, default)).Select(row => row.Version));
        Assert.Empty(await a.ReadAsync(6, 10, default));
        Assert.Equal(5, (await a.ReadAsync(1, 100, default)).Count);
    }

    [Fact, Trait("Requirement", "CL-8")]
    public async Task Of_racing_proposers_exactly_one_wins_each_version()
    {
        const int proposers = 4, rounds = 25;

        var wins = await Task.WhenAll(Enumerable.Range(0, proposers).Select(Propose));

        var rows = await Open().ReadAsync(1, 1000, default);
        Assert.Equal(proposers * rounds, rows.Count);
        Assert.Equal(Enumerable.Range(1, rows.Count).Select(version => (long)version), rows.Select(row => row.Version));
        Assert.Equal(wins.SelectMany(won => won).Order(), rows.Select(row => row.ProposalId).Order());

        async Task<List<string>> Propose(int proposer)
        {
            var store = Open();
            var won = new List<string>();
            while (won.Count < rounds)
            {
                var id = $"{proposer}.{won.Count}";
                var head = await store.ReadHeadAsync(default);
                if (await store.AppendAsync(Entry(head, id), default) == AppendOutcome.Applied) won.Add(id);
            }
            return won;
        }
    }

    [Fact]
    public async Task Witness_row_counts_renewals()
    {
        var (a, b) = (Open(), Open());

        Assert.True(await a.RenewWitnessAsync("n1", ulong.MaxValue, default));
        Assert.True(await a.RenewWitnessAsync("n1", ulong.MaxValue, default));

        Assert.Equal([new WitnessRow("n1", ulong.MaxValue, 2, null)], await b.ReadWitnessesAsync(default));
    }

    [Fact, Trait("Requirement", "CL-9")]
    public async Task Fenced_incarnation_renews_no_more_and_its_successor_does()
    {
        var (a, b) = (Open(), Open());
        await a.RenewWitnessAsync("n1", 1, default);
        Assert.False(await a.RenewWitnessAsync("n1", 2, default), "the predecessor is not fenced yet");

        Assert.Equal(AppendOutcome.Applied, await b.AppendAsync(Entry(0, "lost", fences: new WitnessFence("n1", 1, 1)), default));

        Assert.False(await a.RenewWitnessAsync("n1", 1, default));
        Assert.True(await a.RenewWitnessAsync("n1", 2, default));
        Assert.Equal([new WitnessRow("n1", 1, 1, 1), new WitnessRow("n1", 2, 1, null)], await b.ReadWitnessesAsync(default));
    }

    [Fact]
    public async Task Fenced_incarnation_stays_fenced_when_its_successor_is_fenced_too()
    {
        var a = Open();
        await a.RenewWitnessAsync("n1", 1, default);
        await a.AppendAsync(Entry(0, "lost 1", fences: new WitnessFence("n1", 1, 1)), default);
        await a.RenewWitnessAsync("n1", 2, default);
        await a.AppendAsync(Entry(1, "lost 2", fences: new WitnessFence("n1", 2, 1)), default);

        Assert.False(await a.RenewWitnessAsync("n1", 1, default));
        Assert.Equal([new WitnessRow("n1", 2, 1, 2)], await a.ReadWitnessesAsync(default));
    }

    [Fact, Trait("Requirement", "CL-9")]
    public async Task Fence_that_a_renewal_overtook_is_a_conflict_and_writes_nothing()
    {
        var (a, b) = (Open(), Open());
        await a.RenewWitnessAsync("n1", 1, default);
        await a.RenewWitnessAsync("n1", 1, default);

        var lost = Entry(0, "lost", fences: new WitnessFence("n1", 1, 1));
        Assert.Equal(AppendOutcome.Conflict, await b.AppendAsync(lost, default));

        Assert.Equal(0, await b.ReadHeadAsync(default));
        Assert.True(await a.RenewWitnessAsync("n1", 1, default));
    }

    [Fact]
    public async Task One_failed_fence_of_several_fences_nobody()
    {
        var a = Open();
        await a.RenewWitnessAsync("n1", 1, default);
        await a.RenewWitnessAsync("n2", 1, default);

        var lost = Entry(0, "lost", fences: [new WitnessFence("n1", 1, 1), new WitnessFence("n2", 1, 7)]);
        Assert.Equal(AppendOutcome.Conflict, await a.AppendAsync(lost, default));

        Assert.True(await a.RenewWitnessAsync("n1", 1, default));
    }

    [Fact]
    public async Task Incarnation_fenced_before_its_first_renewal_never_renews()
    {
        var a = Open();

        var lost = Entry(0, "lost", fences: new WitnessFence("n1", 1, 0));
        Assert.Equal(AppendOutcome.Applied, await a.AppendAsync(lost, default));

        Assert.False(await a.RenewWitnessAsync("n1", 1, default));
        Assert.True(await a.RenewWitnessAsync("n1", 2, default));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    public async Task Fence_without_a_sequence_ends_the_incarnation_however_often_it_renewed(int renewals)
    {
        var a = Open();
        for (var i = 0; i < renewals; i++) await a.RenewWitnessAsync("n1", 1, default);

        Assert.Equal(AppendOutcome.Applied, await a.AppendAsync(Entry(0, "lost", fences: new WitnessFence("n1", 1, null)), default));
        Assert.Equal(AppendOutcome.Applied, await a.AppendAsync(Entry(1, "replaced", fences: new WitnessFence("n1", 1, null)), default));

        Assert.False(await a.RenewWitnessAsync("n1", 1, default));
        Assert.True(await a.RenewWitnessAsync("n1", 2, default));
    }

    [Fact]
    public async Task Fence_of_an_incarnation_that_another_one_replaced_is_a_conflict()
    {
        var a = Open();
        await a.RenewWitnessAsync("n1", 2, default);

        Assert.Equal(AppendOutcome.Conflict, await a.AppendAsync(Entry(0, "lost", fences: new WitnessFence("n1", 1, 0)), default));

        Assert.True(await a.RenewWitnessAsync("n1", 2, default));
    }

    [Fact]
    public async Task Cancelled_append_is_not_done()
    {
        var a = Open();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            async () => await a.AppendAsync(Entry(0, "p1"), new CancellationToken(canceled: true)));

        Assert.Equal(0, await a.ReadHeadAsync(default));
    }

    [Fact, Trait("Requirement", "CL-8")]
    public async Task Append_on_another_history_is_a_conflict_and_writes_nothing()
    {
        var a = Open();
        await a.AppendAsync(Entry(0, "p1", "this"), default);

        Assert.Equal(AppendOutcome.Conflict, await a.AppendAsync(Entry(1, "p2") with { SeenDigest = ControlLogDigest.Of("that") }, default));
        Assert.Equal(AppendOutcome.Applied, await a.AppendAsync(Entry(1, "p3") with { SeenDigest = ControlLogDigest.Of("this") }, default));

        Assert.Equal(["p1", "p3"], (await a.ReadAsync(1, 9, default)).Select(row => row.ProposalId));
    }

    [Fact]
    public async Task Adoption_jumps_over_versions_and_says_that_they_were_skipped()
    {
        var (a, b) = (Open(), Open());
        await a.AppendAsync(Entry(0, "p1"), default);

        Assert.Equal(AppendOutcome.Applied, await a.AppendAsync(Entry(1, "jump") with { Version = 100 }, default));
        Assert.Equal(AppendOutcome.Conflict, await b.AppendAsync(Entry(1, "stale"), default));
        Assert.Equal(AppendOutcome.Applied, await b.AppendAsync(Entry(100, "next"), default));

        Assert.Equal([1L, 100L, 101L], (await b.ReadAsync(1, 9, default)).Select(row => row.Version));
        Assert.Equal(100L, (await b.ReadAsync(2, 1, default))[0].Version);
        Assert.Equal(new ControlLogBase(101, null, null, IsSkipped: true), await b.ReadBaseAsync(50, default));
        Assert.Equal(new ControlLogBase(101, null, null, IsSkipped: false), await b.ReadBaseAsync(200, default));
    }

    [Fact, Trait("Requirement", "CL-8")]
    public async Task Compaction_leaves_the_checkpoint_the_kept_rows_and_the_digests_of_the_others()
    {
        var (a, b) = (Open(), Open());
        await FillAsync(a, 10);

        Assert.Equal(AppendOutcome.Applied, await a.AppendAsync(Compaction(10, keepRows: 3), default));

        Assert.Equal([8L, 9L, 10L, 11L], (await b.ReadAsync(1, 100, default)).Select(row => row.Version));
        Assert.Equal(new ControlLogCheckpoint(10, ControlLogDigest.Of("text 10"), "view 10"), (await b.ReadBaseAsync(0, default)).Checkpoint);
        for (var version = 1; version <= 10; version++)
            Assert.Equal(ControlLogDigest.Of($"text {version}"), (await b.ReadBaseAsync(version, default)).KnownDigest);
        Assert.Equal(11, await b.ReadHeadAsync(default));
        Assert.Equal(AppendOutcome.Applied, await b.AppendAsync(Entry(11, "p12"), default));
    }

    [Fact]
    public async Task Later_compaction_replaces_the_checkpoint_and_goes_on_deleting()
    {
        var a = Open();
        await FillAsync(a, 5);
        await a.AppendAsync(Compaction(5, keepRows: 2), default);
        for (var seen = 6; seen < 10; seen++) await a.AppendAsync(Entry(seen, $"p{seen + 1}", $"text {seen + 1}"), default);

        Assert.Equal(AppendOutcome.Applied, await a.AppendAsync(Compaction(10, keepRows: 1), default));

        Assert.Equal([10L, 11L], (await a.ReadAsync(1, 100, default)).Select(row => row.Version));
        Assert.Equal("view 10", (await a.ReadBaseAsync(0, default)).Checkpoint!.Text);
        Assert.Equal(ControlLogDigest.Of("text 2"), (await a.ReadBaseAsync(2, default)).KnownDigest);
    }

    [Fact, Trait("Requirement", "CL-8")]
    public async Task Compaction_by_a_stale_node_is_a_conflict_and_deletes_nothing()
    {
        var (a, b) = (Open(), Open());
        await FillAsync(a, 10);
        await a.AppendAsync(Entry(10, "p11"), default);

        Assert.Equal(AppendOutcome.Conflict, await b.AppendAsync(Compaction(10, keepRows: 1), default));

        Assert.Equal(11, (await a.ReadAsync(1, 100, default)).Count);
        Assert.Null((await a.ReadBaseAsync(0, default)).Checkpoint);
    }

    [Fact, Trait("Requirement", "CL-8")]
    public async Task Compaction_of_another_history_is_a_conflict_and_deletes_nothing()
    {
        var a = Open();
        await FillAsync(a, 10, "other");

        Assert.Equal(AppendOutcome.Conflict, await a.AppendAsync(Compaction(10, keepRows: 1), default));

        Assert.Equal(10, (await a.ReadAsync(1, 100, default)).Count);
        Assert.Null((await a.ReadBaseAsync(0, default)).Checkpoint);
    }

    [Fact]
    public async Task Compaction_whose_fence_fails_deletes_nothing()
    {
        var a = Open();
        await FillAsync(a, 10);
        await a.RenewWitnessAsync("n1", 1, default);

        var lost = Compaction(10, keepRows: 1) with { Fences = [new WitnessFence("n1", 1, 7)] };
        Assert.Equal(AppendOutcome.Conflict, await a.AppendAsync(lost, default));

        Assert.Equal(10, (await a.ReadAsync(1, 100, default)).Count);
        Assert.Null((await a.ReadBaseAsync(0, default)).Checkpoint);
    }

    [Fact, Trait("Requirement", "CL-8")]
    public async Task Insert_that_arrives_after_its_row_was_compacted_away_is_a_conflict()
    {
        var (a, late) = (Open(), Open());
        await FillAsync(a, 10);
        await a.AppendAsync(Compaction(10, keepRows: 1), default);

        Assert.Equal(AppendOutcome.Conflict, await late.AppendAsync(Entry(5, "late"), default));
        Assert.Equal(AppendOutcome.Conflict, await late.AppendAsync(Entry(0, "first"), default));

        Assert.Equal(11, await a.ReadHeadAsync(default));
    }

    [Theory]
    [InlineData(9, 3)]
    [InlineData(11, 3)]
    [InlineData(10, 0)]
    public async Task Checkpoint_of_another_row_than_the_head_and_one_that_keeps_nothing_are_refused(long version, int keepRows)
    {
        var a = Open();
        await FillAsync(a, 10);
        var append = Compaction(10, 3) with { Compaction = new(new(version, ControlLogDigest.Of("text 10"), "view"), keepRows) };

        await Assert.ThrowsAnyAsync<ArgumentException>(async () => await a.AppendAsync(append, default));

        Assert.Equal(10, (await a.ReadAsync(1, 100, default)).Count);
    }

    private static async Task FillAsync(IControlLogStore store, int rows, string word = "text")
    {
        for (var seen = 0; seen < rows; seen++)
            Assert.Equal(AppendOutcome.Applied, await store.AppendAsync(Entry(seen, $"p{seen + 1}", $"{word} {seen + 1}"), default));
    }

    private static ControlLogAppend Compaction(long seen, int keepRows) => Entry(seen, $"compacts {seen}") with
    {
        SeenDigest = ControlLogDigest.Of($"text {seen}"),
        Compaction = new(new(seen, ControlLogDigest.Of($"text {seen}"), $"view {seen}"), keepRows),
    };

    protected static ControlLogAppend Entry(long seen, string proposalId, string text = "{}", params WitnessFence[] fences) =>
        new(seen, proposalId, text, fences);

    protected IControlLogStore Open() => Track(Connect());

    /// <summary>Disposes of the store at the end of the test.</summary>
    protected IControlLogStore Track(IControlLogStore store)
    {
        lock (_stores) _stores.Add(store);
        return store;
    }
}
