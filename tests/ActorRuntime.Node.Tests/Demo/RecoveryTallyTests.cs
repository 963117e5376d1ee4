using ActorRuntime.Cluster.Sharding.Flows;
using ActorRuntime.Node.Demo;
using Xunit;

namespace ActorRuntime.Node.Tests.Demo;

public sealed class RecoveryTallyTests
{
    private static readonly DateTimeOffset Replaced = DateTimeOffset.FromUnixTimeMilliseconds(1_000);

    [Fact]
    public void Lost_sender_is_replaced_by_the_first_item_of_a_higher_term()
    {
        var recovery = Take(senderLost: true, receiverLost: false, Applied(900, 5), Applied(1_010, 5), Opened(1_020, 9), Applied(1_030, 9),
            Applied(1_040, 9));
        Assert.Equal((1_020, 1_030), (Ms(recovery.OpenedAt), Ms(recovery.FirstItemAt)));
    }

    [Fact]
    public void Lost_receiver_is_replaced_by_the_first_item_after_the_decision_of_any_term()
    {
        var recovery = Take(senderLost: false, receiverLost: true, Applied(900, 5), Opened(1_015, 5), Applied(1_025, 5));
        Assert.Equal((1_015, 1_025), (Ms(recovery.OpenedAt), Ms(recovery.FirstItemAt)));
    }

    [Fact]
    public void A_flow_that_stays_silent_has_no_first_item()
    {
        var recovery = Take(senderLost: true, receiverLost: false, Opened(1_020, 9));
        Assert.Equal((1_020L, null), (Ms(recovery.OpenedAt), Ms(recovery.FirstItemAt)));
    }

    [Fact]
    public void A_flow_whose_items_had_all_been_applied_has_nothing_to_recover()
    {
        var tally = new RecoveryTally("f", true, false, 5, Replaced);
        tally.Take(Applied(900, 5));
        tally.Take(Opened(1_020, 9));
        tally.Take(new FlowEvent.FlowCompleted("f", 1_021, new(9, 1, 1), 1));
        Assert.True(tally.HadNothingLeft);
    }

    [Fact]
    public void Without_a_decision_nothing_was_replaced()
    {
        var tally = new RecoveryTally("f", true, false, 5, null);
        tally.Take(Applied(2_000, 9));
        Assert.Null(tally.Result().FirstItemAt);
    }

    private static long? Ms(DateTimeOffset? at) => at?.ToUnixTimeMilliseconds();

    private static FlowRecovery Take(bool senderLost, bool receiverLost, params FlowEvent[] journal)
    {
        var tally = new RecoveryTally("f", senderLost, receiverLost, 5, Replaced);
        foreach (var fact in journal) tally.Take(fact);
        return tally.Result();
    }

    private static FlowEvent.ItemsApplied Applied(long atMs, long term) => new("f", atMs, new(term, 1, 1), 1, [new(0, "a"u8.ToArray())]);

    private static FlowEvent.FlowOpened Opened(long atMs, long term) => new("f", atMs, new(term, 1, 1), 1, 0);
}
