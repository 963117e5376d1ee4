using ActorRuntime.Persistence.ControlLog;
using Xunit;

namespace ActorRuntime.Persistence.Tests.Conformance;

/// <summary>What every control-log store promises; <see cref="Connect"/> gives one more node's access to the same log.</summary>
public abstract class ControlLogStoreConformance : IAsyncLifetime
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
