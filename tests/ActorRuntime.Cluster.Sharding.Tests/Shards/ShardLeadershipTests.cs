using ActorRuntime.Cluster.Sharding.Shards;
using ActorRuntime.Util;

namespace ActorRuntime.Cluster.Sharding.Tests.Shards;

public sealed class ShardLeadershipTests
{
    private readonly ShardLeadership _leadership = new(7);
    private readonly List<ShardEffect> _effects = [];

    [Fact, Trait("Requirement", "AR-5")]
    public void Units_recover_before_the_gates_open_and_are_served_after()
    {
        _leadership.OnPermission(isClear: false, isOpen: true, _effects);
        Assert.Empty(_effects);
        _leadership.OnFenceRaised(_effects);
        Assert.Equal([ShardEffect.Recover], Taken());

        _leadership.OnPermission(isClear: true, isOpen: true, _effects);
        Assert.Equal([ShardEffect.Serve], Taken());
    }

    [Fact, Trait("Requirement", "AR-5")]
    public void Nothing_is_served_before_the_fence_is_up_whatever_else_is_ready()
    {
        _leadership.OnPermission(isClear: true, isOpen: true, _effects);
        Assert.Empty(_effects);

        _leadership.OnFenceRaised(_effects);
        Assert.Equal([ShardEffect.Recover, ShardEffect.Serve], Taken());
    }

    [Fact, Trait("Requirement", "CL-6")]
    public void A_lost_lease_holds_and_a_regained_one_goes_on()
    {
        Serve();
        _leadership.OnPermission(isClear: true, isOpen: false, _effects);
        Assert.Equal([ShardEffect.Hold], Taken());
        _leadership.OnPermission(isClear: true, isOpen: false, _effects);
        Assert.Empty(_effects);

        _leadership.OnPermission(isClear: false, isOpen: true, _effects); // a gate that was clear once stays so
        Assert.Equal([ShardEffect.Serve], Taken());
    }

    [Fact, Trait("Requirement", "AR-5")]
    public void A_fenced_leader_gives_up_once_and_never_serves_again()
    {
        Serve();
        _leadership.OnFenced(_effects);
        _leadership.OnFenced(_effects);
        _leadership.OnPermission(isClear: true, isOpen: false, _effects);
        _leadership.OnPermission(isClear: true, isOpen: true, _effects);
        _leadership.OnFenceRaised(_effects);

        Assert.Equal([ShardEffect.GiveUp], Taken());
        Assert.Equal(ShardPhase.Superseded, _leadership.Phase);
    }

    [Fact]
    public void An_unknown_outcome_of_the_fence_raises_it_again()
    {
        _leadership.OnFenceUnknown(_effects);
        Assert.Equal([ShardEffect.RaiseFence], Taken());
        _leadership.OnFenceRaised(_effects);
        _leadership.OnFenceUnknown(_effects);
        Assert.Equal([ShardEffect.Recover], Taken());
    }

    [Fact]
    public void No_order_of_events_serves_unfenced_ungated_or_muted()
    {
        for (ulong seed = 1; seed <= 500; seed++)
        {
            var random = new Prng(seed);
            var leadership = new ShardLeadership(7);
            var (raised, clear, open, fenced) = (false, false, false, false);
            for (var step = 0; step < 30; step++)
            {
                switch (random.Next() % 4)
                {
                    case 0:
                        leadership.OnFenceRaised(_effects);
                        raised = true;
                        break;
                    case 1 when random.Chance(10):
                        leadership.OnFenced(_effects);
                        fenced = true;
                        break;
                    default:
                        (clear, open) = (clear || random.Chance(50), random.Chance(50));
                        leadership.OnPermission(clear, open, _effects);
                        break;
                }
                Assert.True(
                    leadership.Phase == ShardPhase.Serving == (raised && clear && open && !fenced), $"seed {seed}, step {step}: {leadership.Phase}");
            }
        }
    }

    private void Serve()
    {
        _leadership.OnPermission(isClear: true, isOpen: true, _effects);
        _leadership.OnFenceRaised(_effects);
        Taken();
    }

    private List<ShardEffect> Taken()
    {
        var taken = _effects.ToList();
        _effects.Clear();
        return taken;
    }
}
