using ActorRuntime.Cluster.Tools.PublishSubscribe;
using ActorRuntime.Cluster.View;
using ActorRuntime.Util;

namespace ActorRuntime.Cluster.Tools.Tests.PublishSubscribe;

public sealed class RegistryTests
{
    private static readonly NodeKey A = new("a", 1), B = new("b", 2);
    private static readonly MonotonicTime Start = new(0);
    private readonly List<RegistryEffect> _effects = [];

    [Fact]
    public void A_registration_is_sent_at_once_and_believed()
    {
        var (a, b) = Pair(new RegistryLimits(10, 100, TimeSpan.FromMinutes(1)));
        a.Add("k", Start, _effects);
        Deliver(a, b);
        Assert.Equal([A], b.HoldersOf("k"));
        a.Remove("k", Start, _effects);
        Deliver(a, b);
        Assert.Empty(b.HoldersOf("k"));
    }

    [Fact]
    public void A_delta_holds_no_more_than_its_bound_and_the_rest_follows()
    {
        var (a, b) = Pair(new RegistryLimits(3, 100, TimeSpan.FromMinutes(1)));
        for (var i = 0; i < 20; i++) a.Add($"k{i}", Start, _effects);
        Assert.Single(_effects); // one is under way; the others wait for its acknowledgement
        Deliver(a, b, delta => Assert.InRange(delta.Entries.Length, 1, 3));
        Assert.Equal(20, b.Keys.Count());
    }

    [Fact]
    public void A_removal_is_forgotten_when_all_have_it()
    {
        var (a, b) = Pair(new RegistryLimits(10, 100, TimeSpan.FromMinutes(1)));
        a.Add("k", Start, _effects);
        a.Remove("k", Start, _effects);
        a.OnTick(Start, _effects);
        Assert.Equal(1, a.RemovalCount);
        Deliver(a, b);
        a.OnTick(Start, _effects);
        Assert.Equal(0, a.RemovalCount);
    }

    [Fact]
    public void A_peer_that_missed_a_forgotten_removal_is_told_everything_anew()
    {
        var (a, b) = Pair(new RegistryLimits(2, 100, TimeSpan.FromMinutes(1)));
        for (var i = 0; i < 7; i++) a.Add($"k{i}", Start, _effects);
        Deliver(a, b);
        a.Remove("k3", Start, _effects);
        _effects.Clear(); // lost
        a.OnTick(Start + TimeSpan.FromHours(1), _effects);
        Assert.Equal(0, a.RemovalCount);
        Deliver(a, b);
        Assert.Equal(["k0", "k1", "k2", "k4", "k5", "k6"], b.Keys);
    }

    [Fact]
    public void What_a_node_had_goes_with_it_and_nothing_of_a_stranger_is_believed()
    {
        var (a, b) = Pair(new RegistryLimits(10, 100, TimeSpan.FromMinutes(1)));
        a.Add("k", Start, _effects);
        Deliver(a, b);
        b.OnMembers([], _effects);
        Assert.Empty(b.Keys);
        a.OnTick(Start, _effects);
        a.Add("l", Start, _effects);
        Deliver(a, b);
        Assert.Empty(b.Keys);

        b.OnMembers([A], _effects);
        a.OnTick(Start, _effects);
        Deliver(a, b);
        Assert.Equal(["k", "l"], b.Keys);
    }

    [Fact]
    public void A_mediator_that_started_over_replaces_what_it_had()
    {
        var limits = new RegistryLimits(10, 100, TimeSpan.FromMinutes(1));
        var (a, b) = Pair(limits);
        for (var i = 0; i < 5; i++) a.Add($"old{i}", Start, _effects);
        Deliver(a, b);
        var again = new Registry(A, 2, limits);
        again.OnMembers([B], _effects);
        again.Add("new", Start, _effects);
        Deliver(again, b);
        Assert.Equal(["new"], b.Keys);
    }

    [Fact]
    public void A_mediator_that_started_over_with_nothing_is_believed_too()
    {
        var limits = new RegistryLimits(10, 100, TimeSpan.FromMinutes(1));
        var (a, b) = Pair(limits);
        a.Add("old", Start, _effects);
        Deliver(a, b);
        var again = new Registry(A, 2, limits);
        again.OnMembers([B], _effects);
        Deliver(again, b);
        Assert.Empty(b.Keys);
    }

    private (Registry A, Registry B) Pair(RegistryLimits limits)
    {
        var (a, b) = (new Registry(A, 1, limits), new Registry(B, 1, limits));
        a.OnMembers([A, B], _effects);
        b.OnMembers([A, B], _effects);
        Deliver(a, b);
        return (a, b);
    }

    private void Deliver(Registry a, Registry b, Action<RegistryDelta>? check = null)
    {
        while (_effects.Count > 0)
        {
            var effects = _effects.ToArray();
            _effects.Clear();
            foreach (var effect in effects)
            {
                switch (effect)
                {
                    case RegistryEffect.Tell(var to, var delta):
                        check?.Invoke(delta);
                        if (to == B) b.OnDelta(A, delta, _effects);
                        else a.OnDelta(B, delta, _effects);
                        break;
                    case RegistryEffect.Acknowledge(var to, var ack):
                        if (to == B) b.OnAck(A, ack, _effects);
                        else a.OnAck(B, ack, _effects);
                        break;
                }
            }
        }
    }
}
