using ActorRuntime.Actor;
using ActorRuntime.Cluster.ControlLog;
using ActorRuntime.Cluster.Sharding;
using ActorRuntime.Cluster.View;
using ActorRuntime.Persistence;
using ActorRuntime.Serialization;
using ActorRuntime.Simulation.Checks;

namespace ActorRuntime.Simulation.Workloads;

/// <summary>Sharded units that clients ask: registers and counters. Every answer, also to a read, stands on an event of its own: what is answered was committed.</summary>
internal static class ObjectUnits
{
    public const string RegisterType = "sim-register", CounterType = "sim-counter";
    private const int Shards = 8;

    public static HashCodeMessageExtractor Extractor { get; } = HashCodeMessageExtractor.Create(Shards, static _ => null);

    /// <summary>Starts both types on a node.</summary>
    /// <param name="registersForget">A sabotage: registers begin anew instead of recovering.</param>
    /// <param name="standbysApplyTwice">A sabotage: counters that follow apply each event twice.</param>
    public static void Start(SimulatedNode node, ServingCheck serving, StateCheck states, bool registersForget, bool standbysApplyTwice)
    {
        var sharding = ClusterSharding.Get(node.System);
        var settings = ClusterShardingSettings.Create(node.System);
        sharding.Start(RegisterType, id => Props.CreateBy(() => new Register(id, node, serving, states, registersForget)), settings, Extractor);
        sharding.Start(CounterType, id => Props.CreateBy(() => new Counter(id, node, serving, states, standbysApplyTwice)), settings, Extractor);
    }

    /// <summary>The shard of an object that is in use is to be led by that node from now on.</summary>
    /// <param name="which">Chooses type and object.</param>
    public static void Move(SimulatedNode to, ulong which)
    {
        var (type, shard) = (which % 2 == 0 ? RegisterType : CounterType, Extractor.ShardId(Clients.KeyOf(which / 2)));
        to.Run(node => _ = node.Cluster.ProposeAsync(view => Asked(view, node.Cluster.SelfKey), "moved by an operator"));

        IReadOnlyList<ControlChange>? Asked(ClusterView view, NodeKey next) =>
            view.Types.GetValueOrDefault(type)?.Shards.GetValueOrDefault(shard) is { Term: > 0 } state && state.Leader != next
                ? [new ControlChange.TransfersChanged(type, [new TransferChange(shard, state.Term, next)])]
                : null;
    }

    private sealed class Register : ReceivePersistentActor
    {
        private const int SnapshotEvery = 50;

        private readonly SimulatedNode _node;
        private readonly ServingCheck _serving;
        private readonly StateCheck _states;
        private long _value;

        public Register(string id, SimulatedNode node, ServingCheck serving, StateCheck states, bool forgets)
        {
            (PersistenceId, _node, _serving, _states) = ($"{RegisterType}/{id}", node, serving, states);
            Recover<RegisterWas>(was => _value = forgets ? 0 : was.Value);
            Recover<SnapshotOffer>(offer => _value = forgets ? 0 : ((RegisterWas)offer.Snapshot).Value);
            Recover<RecoveryCompleted>(_ => states.OnRecovered(node.Name, PersistenceId, LastSequenceNr, _value));
            Command<ReadRegister>(_ => Become(_value, wasRefused: false, isRead: true));
            Command<WriteRegister>(write => Become(write.Value, wasRefused: false, isRead: false));
            Command<ReplaceInRegister>(replace => Become(replace.Expected == _value ? replace.Value : _value, replace.Expected != _value, isRead: false));
            Command<SaveSnapshotSuccess>(_ => { });
            Command<SaveSnapshotFailure>(_ => { });
        }

        public override string PersistenceId { get; }

        private void Become(long value, bool wasRefused, bool isRead)
        {
            _serving.OnHandled(_node, Writer);
            Persist(new RegisterWas(value), was =>
            {
                _value = was.Value;
                _states.OnHandled(PersistenceId, LastSequenceNr, _value);
                Sender.Tell(new ObjectAnswer(_value, isRead, wasRefused));
                if (LastSequenceNr % SnapshotEvery == 0) SaveSnapshot(new RegisterWas(_value));
            });
        }
    }

    private sealed class Counter : ReceivePersistentActor
    {
        private readonly SimulatedNode _node;
        private readonly ServingCheck _serving;
        private long _sum;

        public Counter(string id, SimulatedNode node, ServingCheck serving, StateCheck states, bool appliesTwice)
        {
            (PersistenceId, _node, _serving) = ($"{CounterType}/{id}", node, serving);
            Recover<CounterRose>(rose => _sum += appliesTwice && Writer.Term == 0 ? 2 * rose.Amount : rose.Amount);
            Recover<RecoveryCompleted>(_ => states.OnRecovered(node.Name, PersistenceId, LastSequenceNr, _sum));
            Command<AddToCounter>(add =>
            {
                _serving.OnHandled(_node, Writer);
                Persist(new CounterRose(add.Amount), rose =>
                {
                    _sum += rose.Amount;
                    states.OnHandled(PersistenceId, LastSequenceNr, _sum);
                    Sender.Tell(new ObjectAnswer(_sum, HasValue: true, IsRefused: false));
                });
            });
        }

        public override string PersistenceId { get; }
    }
}

[WireType("sim-read-register")]
internal sealed record ReadRegister;

[WireType("sim-write-register")]
internal sealed record WriteRegister(long Value);

[WireType("sim-replace-in-register")]
internal sealed record ReplaceInRegister(long Expected, long Value);

[WireType("sim-add-to-counter")]
internal sealed record AddToCounter(long Amount);

[WireType("sim-object-answer")]
internal sealed record ObjectAnswer(long Value, bool HasValue, bool IsRefused);

[WireType("sim-register-was")]
internal sealed record RegisterWas(long Value);

[WireType("sim-counter-rose")]
internal sealed record CounterRose(long Amount);
