using ActorRuntime.Cluster.Sharding.Replicas;
using ActorRuntime.Cluster.View;
using ActorRuntime.Persistence.Blocks;
using ActorRuntime.Util;

namespace ActorRuntime.Cluster.Sharding.Tests.Replicas;

/// <summary>
/// Goal: a learner whose beginning the leader has given up catches up although the leader goes on writing, and giving up.
/// Method: two cores; a message takes a round, in which the leader commits and gives up almost as many blocks as it keeps.
/// </summary>
public sealed class BeginAnewTests
{
    private static readonly ReplicaLimits Limits = new(8, 1 << 20, TimeSpan.FromMilliseconds(200), TimeSpan.FromSeconds(3), KeepBlocks: 6, CatchUpBlocks: 1_000);

    private readonly List<ReplicaMessage> _toLearner = [], _toLeader = [];
    private readonly ReplicaCore _leader = new("a", new InMemoryBlockLog(1, default), Limits);
    private ReplicaCore _learner = new("b", new InMemoryBlockLog(2, default), Limits);
    private MonotonicTime _now = new(1_000_000);
    private int _begun;

    [Fact, Trait("Requirement", "AR-5")]
    public void A_learner_catches_up_with_a_log_that_moves_on()
    {
        On(_leader, effects => _leader.OnView(Placement("a", []), _now, effects));
        for (var i = 0; i < 20; i++) Write();
        Assert.True(_leader.Start.Height > 50);
        On(_leader, effects => _leader.OnView(Placement("a", ["b"]) with { Version = 3 }, _now, effects));
        Follow();

        for (var round = 0; round < 30; round++)
        {
            _now += TimeSpan.FromMilliseconds(20);
            Write();
            foreach (var message in Take(_toLearner)) On(_learner, effects => _learner.OnMessage("a", message, _now, effects));
            foreach (var message in Take(_toLeader)) On(_leader, effects => _leader.OnMessage("b", message, _now, effects));
            On(_leader, effects => _leader.OnTime(_now, effects));
        }

        Assert.InRange(_begun, 1, 3);
        Assert.True(_leader.Head.Height - _learner.Head.Height < 20, $"{_learner.Head.Height} of {_leader.Head.Height} after {_begun} beginnings");
    }

    private static ReplicaPlacement Placement(string leader, string[] learners) =>
        new(2, 2, leader == "a", new ReplicaSet(2, [new ReplicaId("a", 1)], [], [.. learners], 1, false), static _ => 1);

    private void Write()
    {
        for (var i = 0; i < 4; i++) On(_leader, effects => _leader.Form([1, 2, 3], _now, effects));
        _leader.OnWrittenBehind(_leader.Committed, _now);
    }

    private void Follow() => On(_learner, effects => _learner.OnView(Placement("b", ["b"]), _now, effects));

    private static ReplicaMessage[] Take(List<ReplicaMessage> messages)
    {
        ReplicaMessage[] taken = [.. messages];
        messages.Clear();
        return taken;
    }

    private void On(ReplicaCore core, Action<List<ReplicaEffect>> step)
    {
        if (core != _leader && core != _learner) return; // Replaced meanwhile.
        var effects = new List<ReplicaEffect>();
        step(effects);
        for (var i = 0; i < effects.Count; i++)
        {
            switch (effects[i])
            {
                case ReplicaEffect.Send(var to, var message):
                    (to == "a" ? _toLeader : _toLearner).Add(message);
                    break;
                case ReplicaEffect.Flush:
                    core.OnFlushed(_now, effects);
                    break;
                case ReplicaEffect.BeginAnew(var start, var term, var leader):
                    var log = new InMemoryBlockLog((ulong)(10 + ++_begun), start);
                    log.RecordTerm(term);
                    _learner = new ReplicaCore("b", log, Limits);
                    Follow();
                    On(_learner, begun => _learner.OnBegun(leader, begun));
                    return;
            }
        }
    }
}
