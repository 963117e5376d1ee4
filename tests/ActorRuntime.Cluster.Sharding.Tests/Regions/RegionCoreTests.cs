using ActorRuntime.Cluster.Sharding.Regions;
using ActorRuntime.Cluster.View;
using ActorRuntime.Util;

namespace ActorRuntime.Cluster.Sharding.Tests.Regions;

public sealed class RegionCoreTests
{
    private static readonly MonotonicTime Now = new(0);
    private readonly List<RegionEffect<string>> _effects = [];
    private readonly RegionCore<string> _core = new(Views.Node(0), Views.Type, true, new RegionLimits(3, 4, TimeSpan.FromSeconds(1)));

    [Fact, Trait("Requirement", "AR-3")]
    public void Messages_wait_for_the_placement_and_then_leave_in_order()
    {
        _core.OnMessage("0", "a", _effects);
        _core.OnMessage("0", "b", _effects);
        Assert.Empty(_effects);

        _core.OnView(Views.WithNodes(2).Placed(("0", 0)), Now, _effects);

        Assert.IsType<RegionEffect<string>.Start>(_effects[0]);
        Assert.Equal(["a", "b"], _effects.OfType<RegionEffect<string>.ToShard>().Select(effect => effect.Message));
        Assert.Equal(0, _core.Buffered);
    }

    [Fact]
    public void One_message_too_many_is_dropped_with_the_limit_named()
    {
        foreach (var message in new[] { "a", "b", "c", "d" }) _core.OnMessage("0", message, _effects);

        var drop = Assert.IsType<RegionEffect<string>.Drop>(Assert.Single(_effects));
        Assert.Equal("d", drop.Message);
        Assert.Contains("buffer-size = 3", drop.Why, StringComparison.Ordinal);
        Assert.Equal((3, 1), (_core.Buffered, _core.Dropped));

        _core.OnView(Views.WithNodes(2).Placed(("0", 0)), Now, _effects);
        Assert.Equal(["a", "b", "c"], _effects.OfType<RegionEffect<string>.ToShard>().Select(effect => effect.Message));
    }

    [Fact]
    public void A_message_sent_by_a_newer_view_waits_and_the_view_is_pulled()
    {
        _core.OnView(Views.WithNodes(2).Placed(("0", 1)), Now, _effects);
        _core.OnForwarded("0", new RegionLoad<string>("a", null), 3, 1, _effects);

        Assert.Equal(3, Assert.IsType<RegionEffect<string>.Pull>(Assert.Single(_effects)).Version);
        _core.OnView(Views.WithNodes(2).Placed(("0", 1)).Placed(("0", 0)), Now, _effects);
        Assert.Equal("a", Assert.Single(_effects.OfType<RegionEffect<string>.ToShard>()).Message);
    }

    [Fact]
    public void A_message_for_a_shard_led_elsewhere_is_forwarded_by_the_newer_view_but_not_for_ever()
    {
        _core.OnView(Views.WithNodes(2).Placed(("0", 0)).Placed(("0", 1)), Now, _effects);
        _core.OnForwarded("0", new RegionLoad<string>("a", null), 2, 1, _effects);
        _core.OnForwarded("0", new RegionLoad<string>("b", null), 2, 4, _effects);

        var to = Assert.IsType<RegionEffect<string>.ToNode>(_effects[0]);
        Assert.Equal((Views.Node(1), 3L, 2), (to.Node, to.Version, to.Hops));
        Assert.IsType<RegionEffect<string>.Drop>(_effects[1]);
        Assert.Equal((2, 0, 0), (_effects.Count, _core.Buffered, _core.BufferedFor("0")));
    }

    [Fact]
    public void A_shard_that_loses_its_leader_waits_and_goes_to_the_next()
    {
        _core.OnView(Views.WithNodes(3).Placed(("0", 1)), Now, _effects);
        _core.OnMessage("0", "a", _effects);
        _core.OnView(Views.WithNodes(3, down: 1).Placed().Placed() with { Types = Views.WithNodes(3).Placed(("0", 1)).Types }, Now, _effects);
        _core.OnMessage("0", "b", _effects);
        Assert.Equal(1, _core.Buffered);

        _core.OnView(Views.WithNodes(3, down: 1).Placed().Placed().Placed(("0", 2)), Now, _effects);

        Assert.Equal([(Views.Node(1), "a"), (Views.Node(2), "b")], Sent());
    }

    [Fact, Trait("Requirement", "AR-5")]
    public void A_shard_counts_as_handed_over_when_its_units_have_stopped_however_often_it_has_moved_on()
    {
        Assert.Equal(0, _core.HandedOver);
        var view = Views.WithNodes(3).Placed(("0", 0), ("1", 0));
        _core.OnView(view, Now, _effects);
        Assert.Equal(2, _core.HandedOver);
        view = view.Placed(("0", 1)).Placed(("0", 2));
        _core.OnView(view, Now, _effects);
        Assert.Equal(2, _core.HandedOver);
        _core.OnView(view = view.Placed(("1", 2)), Now, _effects);
        _core.OnStopped("0", [], Now, _effects);
        Assert.Equal(2, _core.HandedOver);
        _core.OnStopped("1", [], Now, _effects);
        Assert.Equal(view.Version, _core.HandedOver);
    }

    [Fact]
    public void A_new_term_of_the_same_node_restarts_the_shard_after_the_old_one_has_ended()
    {
        var view = Views.WithNodes(1).Placed(("0", 0));
        _core.OnView(view, Now, _effects);
        _effects.Clear();
        _core.OnView(view.Placed(("0", 0)), Now, _effects);
        _core.OnMessage("0", "b", _effects);
        Assert.IsType<RegionEffect<string>.Stop>(Assert.Single(_effects));
        _effects.Clear();

        _core.OnStopped("0", ["a"], Now, _effects);

        Assert.Equal(3, Assert.IsType<RegionEffect<string>.Start>(_effects[0]).State.Term);
        Assert.Equal(["a", "b"], _effects.OfType<RegionEffect<string>.ToShard>().Select(effect => effect.Message));
    }

    [Fact]
    public void A_shard_that_is_led_here_is_told_what_it_is_asked_for_once()
    {
        var view = Views.WithNodes(2).Placed(("0", 0), ("1", 1));
        _core.OnView(view, Now, _effects);
        _effects.Clear();
        view = view.Asked("0", 1).Asked("1", 0);
        _core.OnView(view, Now, _effects);
        _core.OnView(view.Placed(), Now, _effects);
        var asked = Assert.IsType<RegionEffect<string>.Transfer>(Assert.Single(_effects));
        Assert.Equal(("0", Views.Node(1)), (asked.Shard, asked.Asked!.To));
        _effects.Clear();

        _core.OnView(view.Placed().Asked("0", null), Now, _effects);
        Assert.Null(Assert.IsType<RegionEffect<string>.Transfer>(Assert.Single(_effects)).Asked);
    }

    [Fact]
    public void A_barrier_is_given_up_when_its_node_is_lost_or_its_time_is_over()
    {
        foreach (var isLost in new[] { true, false })
        {
            _effects.Clear();
            var core = new RegionCore<string>(Views.Node(0), Views.Type, true, new RegionLimits(3, 4, TimeSpan.FromSeconds(1)));
            var view = Views.WithNodes(3).Placed(("0", 1));
            core.OnView(view, Now, _effects);
            core.OnMessage("0", "a", _effects);
            core.OnView(view.Placed(("0", 2)), Now, _effects);
            core.OnMessage("0", "b", _effects);
            Assert.Equal([(Views.Node(1), "a"), (Views.Node(1), null)], Sent());

            if (isLost)
            {
                var lost = Views.WithNodes(3, down: 1) with { Version = 9 };
                core.OnView(lost with { Types = view.Placed(("0", 2)).Types }, Now, _effects);
            }
            else
            {
                core.OnTime(core.Deadline!.Value, _effects);
            }
            Assert.Equal((Views.Node(2), "b"), Sent()[^1]);
            Assert.Null(core.Deadline);
        }
    }

    [Fact]
    public void A_shard_the_type_does_not_have_is_refused_without_keeping_anything()
    {
        _core.OnView(Views.WithNodes(1).Placed(("0", 0)), Now, _effects);
        _effects.Clear();
        foreach (var version in new[] { 1, _core.Version })
        {
            _core.OnForwarded("x", new RegionLoad<string>("a", null), version, 1, _effects);

            Assert.Contains("no shard 'x'", Assert.IsType<RegionEffect<string>.Drop>(Assert.Single(_effects)).Why, StringComparison.Ordinal);
            _effects.Clear();
        }
        _core.OnForwarded("x", new RegionLoad<string>("a", null), _core.Version + 1, 1, _effects);
        Assert.IsType<RegionEffect<string>.Pull>(Assert.Single(_effects)); // A newer view may know it.
    }

    [Fact, Trait("Requirement", "AR-3")]
    public void Messages_follow_when_the_barrier_behind_the_earlier_ones_has_come_through()
    {
        var view = Views.WithNodes(4).Placed(("0", 1), ("1", 1));
        _core.OnView(view, Now, _effects);
        foreach (var shard in new[] { "0", "1" }) _core.OnMessage(shard, "a", _effects);
        _effects.Clear();
        _core.OnView(view = view.Placed(("0", 2)), Now, _effects);
        _core.OnView(view.Placed(("1", 2)), Now + TimeSpan.FromMilliseconds(100), _effects);
        var barriers = _effects.OfType<RegionEffect<string>.ToNode>().ToDictionary(effect => effect.Shard, effect => effect.Load.Barrier!);
        Assert.Equal([new RegionBarrier(Views.Node(0), 1), new RegionBarrier(Views.Node(0), 2)], barriers.Values);
        Assert.Equal(Now + TimeSpan.FromSeconds(1), _core.Deadline);
        _effects.Clear();
        foreach (var shard in new[] { "0", "1" }) _core.OnMessage(shard, "b", _effects);
        Assert.Equal((2, 1), (_core.Buffered, _core.BufferedFor("0")));

        _core.OnThrough("0", barriers["1"].Id, _effects);
        _core.OnThrough("none", barriers["0"].Id, _effects);
        Assert.Empty(_effects);
        _core.OnThrough("0", barriers["0"].Id, _effects);
        _core.OnThrough("0", barriers["0"].Id, _effects);

        Assert.Equal([(Views.Node(2), "b")], Sent());
        Assert.Equal(Now + TimeSpan.FromMilliseconds(1_100), _core.Deadline);
    }

    [Fact, Trait("Requirement", "AR-3")]
    public void A_barrier_comes_through_where_the_shard_is_and_is_told_to_nobody_when_it_cannot()
    {
        var barrier = new RegionBarrier(Views.Node(1), 5);
        var view = Views.WithNodes(3).Placed(("0", 0), ("1", 2));
        _core.OnView(view, Now, _effects);
        _effects.Clear();
        _core.OnForwarded("0", new RegionLoad<string>("a", null), view.Version, 1, _effects);
        _core.OnForwarded("0", new RegionLoad<string>(null, barrier), view.Version, 1, _effects);
        _core.OnForwarded("1", new RegionLoad<string>(null, barrier), view.Version, 4, _effects);
        _core.OnForwarded("x", new RegionLoad<string>(null, barrier), view.Version, 1, _effects);

        Assert.Equal([new RegionEffect<string>.ToShard("0", "a"), new RegionEffect<string>.Through(barrier, "0")], _effects);
    }

    [Fact, Trait("Requirement", "AR-3")]
    public void What_others_forwarded_does_not_wait_for_the_barrier_of_what_entered_here()
    {
        var view = Views.WithNodes(3).Placed(("0", 1));
        _core.OnView(view, Now, _effects);
        _core.OnMessage("0", "a", _effects);
        view = view.Placed(("0", 2));
        _core.OnForwarded("0", new RegionLoad<string>("f", null), view.Version, 1, _effects); // Waits for that view,
        _core.OnMessage("0", "b", _effects); // and this waits behind it.
        _effects.Clear();
        _core.OnView(view, Now, _effects);

        Assert.Equal([(Views.Node(1), null), (Views.Node(2), "f")], Sent());
        _core.OnThrough("0", 1, _effects);
        Assert.Equal((Views.Node(2), "b"), Sent()[^1]);
        Assert.Equal(0, _core.Buffered);
    }

    [Fact]
    public void Views_that_come_late_or_change_something_else_leave_a_shard_alone()
    {
        var view = Views.WithNodes(2).Placed(("0", 0));
        _core.OnView(view.Placed(), Now, _effects);
        _effects.Clear();
        _core.OnView(Views.WithNodes(2).Placed(("0", 1)), Now, _effects);
        Assert.Equal(view.Version + 1, _core.Version);
        var state = view.Types[Views.Type].Shards["0"] with { Predecessors = [Views.Node(1)] }; // The term is the same.
        _core.OnView(view.Placed().Placed() with
        {
            Types = view.Types.SetItem(Views.Type, view.Types[Views.Type] with { Shards = view.Types[Views.Type].Shards.SetItem("0", state) }),
        }, Now, _effects);

        Assert.Empty(_effects);
        _core.OnForwarded("0", new RegionLoad<string>("a", null), _core.Version, 1, _effects);
        Assert.IsType<RegionEffect<string>.ToShard>(Assert.Single(_effects)); // Nothing to pull.
        _core.OnView(view.Placed().Placed().Placed(("0", 1)), Now, _effects);
        _core.OnStopped("0", [], Now, _effects);
        Assert.Throws<InvariantException>(() => _core.OnStopped("0", [], Now, _effects)); // It runs elsewhere.
    }

    [Fact]
    public void A_proxy_runs_nothing_until_it_becomes_a_host()
    {
        var core = new RegionCore<string>(Views.Node(0), Views.Type, false, new RegionLimits(3, 4, TimeSpan.FromSeconds(1)));
        var view = Views.WithNodes(2).Placed(("0", 0));
        core.OnView(view, Now, _effects);
        Assert.Empty(_effects);
        core.BecomeHost();
        core.OnView(view.Placed(("0", 0)), Now, _effects);

        Assert.IsType<RegionEffect<string>.Start>(Assert.Single(_effects));
    }

    private List<(NodeKey, string?)> Sent() =>
        [.. _effects.OfType<RegionEffect<string>.ToNode>().Select(effect => (effect.Node, effect.Load.Message))];
}
