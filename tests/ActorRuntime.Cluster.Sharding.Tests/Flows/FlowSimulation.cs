using System.Collections.Immutable;
using System.Text;
using ActorRuntime.Cluster.Sharding.Flows;
using ActorRuntime.Util;

namespace ActorRuntime.Cluster.Sharding.Tests.Flows;

/// <summary>A way to break the protocol on purpose: the simulation must notice each.</summary>
public enum FlowSabotage
{
    None,

    /// <summary>The receiver tells its position without persisting the opening: rule 29's schedule.</summary>
    SkipHandshake,

    /// <summary>The receiver takes items whatever fence they carry.</summary>
    SkipFence,

    /// <summary>The receiver applies and acknowledges before the event is committed.</summary>
    ApplyBeforePersist,

    /// <summary>The sender goes on from its own offset instead of the answered one.</summary>
    OwnOffset,
}

/// <summary>
/// One receiver, several senders, a control log that switches between them at any moment, zombies that do not know it, a network that
/// loses, doubles, delays and reorders, a journal that takes its time, a receiver that crashes.
/// </summary>
/// <remarks>Each life of a sender unit marks its items, so that an item lost behind another's duplicate shows.</remarks>
internal sealed class FlowSimulation
{
    private const int Senders = 3;
    private const int Items = 300;

    private static readonly TimeSpan FaultsEnd = TimeSpan.FromSeconds(8);
    private static readonly TimeSpan DelayMax = TimeSpan.FromMilliseconds(150);

    private static readonly FlowSettings Settings = new FlowSettings
    {
        ItemsPerSecond = 60, WindowItems = 16, BatchItems = 5, BatchBytes = 1024, WindowBytes = 1024, ResendAfter = TimeSpan.FromMilliseconds(120),
    }.Validated();

    private readonly Prng _random;
    private readonly FlowSabotage _sabotage;
    private readonly PriorityQueue<Action, (long, long)> _agenda = new();
    private readonly List<Life> _lives = [];
    private readonly List<FlowEvent> _journal = [];
    private readonly Queue<(Life From, FlowMessage Message)> _stash = new();
    private readonly List<string> _history = [];
    private FlowReceiver? _receiver;
    private bool _isPersisting;
    private int _receiverLife;
    private long _order;
    private long _version = 1;
    private long _term = 1;
    private int _active;

    public FlowSimulation(ulong seed, FlowSabotage sabotage = FlowSabotage.None)
    {
        (_random, _sabotage) = (new Prng(seed), sabotage);
        Recover();
    }

    public MonotonicTime Now { get; private set; }

    public IReadOnlyList<FlowEvent> Journal => _journal;

    /// <summary>What happened, for comparing two runs of one seed.</summary>
    public IReadOnlyList<string> History => _history;

    private bool HasFaults => Now.Ticks < FaultsEnd.Ticks;

    /// <summary>Runs to the end and checks everything.</summary>
    public void Run()
    {
        Switch();
        Fault();
        while (_agenda.TryDequeue(out var action, out var at) && at.Item1 < TimeSpan.FromSeconds(60).Ticks)
        {
            Now = new(at.Item1);
            action();
            if (_receiver?.State.IsCompleted == true && !HasFaults) break;
        }
        FlowJournalCheck.Check(_journal, Items);
    }

    private void After(TimeSpan delay, Action action) => _agenda.Enqueue(action, ((Now + delay).Ticks, _order++));

    private int Below(int limit) => (int)(_random.Next() % (ulong)limit);

    // The control log.
    private void Fault()
    {
        if (!HasFaults) return;
        switch (Below(5))
        {
            case 0 or 1:
                Switch();
                break;
            case 2:
                Restart();
                break;
            case 3:
                Mute();
                break;
            default:
                Crash();
                break;
        }
        After(TimeSpan.FromMilliseconds(100) + _random.Below(TimeSpan.FromMilliseconds(900)), Fault);
    }

    private void Switch()
    {
        _term = ++_version;
        _active = (_active + 1 + Below(Senders - 1)) % Senders;
        Grant();
    }

    /// <summary>The active sender's shard moved: same flow term, another life of the unit.</summary>
    private void Restart()
    {
        _version++;
        Grant();
    }

    /// <summary>A node loses its lease for a while: nothing may leave it.</summary>
    private void Mute()
    {
        var life = _lives[^1];
        life.Mute(isMuted: true);
        After(_random.Below(TimeSpan.FromMilliseconds(700)), () => life.Mute(isMuted: false));
    }

    private void Grant()
    {
        foreach (var life in _lives.Where(life => !life.IsStopping))
        {
            // A zombie learns late, or is killed late, that its time is over.
            life.IsStopping = true;
            After(_random.Below(TimeSpan.FromMilliseconds(HasFaults && _random.Chance(50) ? 3000 : 50)), life.Stop);
        }
        var rights = new FlowRights(
            _version, _term, _active, [.. Enumerable.Range(0, Senders).Select(sender => sender != _active && _random.Chance(50))]);
        After(_random.Below(TimeSpan.FromMilliseconds(300)), () => Know(rights));
        var born = new Life(this, _lives.Count, _active, new FlowFence(_term, _version, 1));
        _lives.Add(born);
        After(_random.Below(TimeSpan.FromMilliseconds(300)), born.Start);
    }

    private void Know(FlowRights rights)
    {
        if (_receiver is not null && rights.ViewVersion > _receiver.Rights.ViewVersion) _receiver.Rights = rights;
    }

    // The network.
    private void Deliver(Action arrive)
    {
        if (HasFaults && _random.Chance(10)) return;
        var copies = HasFaults && _random.Chance(10) ? 2 : 1;
        for (var copy = 0; copy < copies; copy++) After(_random.Below(_random.Chance(70) ? DelayMax / 10 : DelayMax), arrive);
    }

    // The receiver and its journal.
    private void Crash()
    {
        if (_receiver is null) return;
        var life = ++_receiverLife;
        (_receiver, _isPersisting) = (null, false);
        _stash.Clear();
        After(_random.Below(TimeSpan.FromMilliseconds(500)), () => { if (life == _receiverLife) Recover(); });
    }

    private void Recover()
    {
        _receiver = new FlowReceiver("f", Settings, FlowReceiverState.Empty);
        foreach (var fact in _journal) _receiver.Apply(fact);
        Record($"recovered at {_receiver.State.Position}");
    }

    private void Receive(Life from, FlowMessage message)
    {
        if (_receiver is null) return;
        if (_isPersisting) _stash.Enqueue((from, message));
        else Handle(from, message);
    }

    private void Handle(Life from, FlowMessage message)
    {
        message = Sabotaged(message);
        if (_sabotage == FlowSabotage.SkipHandshake && message is FlowMessage.Open open)
        {
            var state = _receiver!.State;
            Reply(from, new FlowMessage.OpenAnswer("f", open.Fence, state.Position, state.SourceOffset, state.IsCompleted));
            return;
        }
        if (_sabotage == FlowSabotage.SkipHandshake && message.Fence > _receiver!.State.Fence && message is FlowMessage.Items first)
        {
            var silent = _receiver.OnMessage(new FlowMessage.Open("f", message.Fence, first.Sender), Now, 0);
            if (silent.Persist is not null) Commit(silent.Persist);
        }
        Perform(from, _receiver!.OnMessage(message, Now, Now.Ticks / TimeSpan.TicksPerMillisecond));
    }

    private FlowMessage Sabotaged(FlowMessage message)
    {
        if (_sabotage != FlowSabotage.SkipFence || message is not FlowMessage.Items items) return message;
        _receiver!.Rights = FlowRights.Unknown;
        return items with { Fence = _receiver.State.Fence, Sender = _receiver.State.Sender };
    }

    private void Perform(Life from, FlowReceiverStep step)
    {
        if (step.Persist is null)
        {
            Reply(from, step.Reply);
            return;
        }
        if (_sabotage == FlowSabotage.ApplyBeforePersist)
        {
            _receiver!.Apply(step.Persist);
            Reply(from, step.Reply);
        }
        _isPersisting = true;
        var life = _receiverLife;
        After(_random.Below(TimeSpan.FromMilliseconds(20)), () => Committed(life, from, step));
    }

    private void Committed(int life, Life from, FlowReceiverStep step)
    {
        if (life != _receiverLife) return; // crashed before the commit
        if (_sabotage == FlowSabotage.ApplyBeforePersist) Journalize(step.Persist!);
        else Commit(step.Persist!);
        _isPersisting = false;
        if (HasFaults && _random.Chance(2))
        {
            Crash(); // after the commit, before the answer
            return;
        }
        if (_sabotage != FlowSabotage.ApplyBeforePersist) Reply(from, step.Reply);
        PersistRefusals();
        while (!_isPersisting && _receiver is not null && _stash.TryDequeue(out var next)) Handle(next.From, next.Message);
    }

    private void PersistRefusals()
    {
        while (_receiver!.OnTime(Now, 0) is { } fact) Commit(fact);
    }

    private void Commit(FlowEvent fact)
    {
        Journalize(fact);
        _receiver!.Apply(fact);
    }

    private void Journalize(FlowEvent fact)
    {
        _journal.Add(fact);
        if (fact is FlowEvent.ItemsApplied applied) Record($"applied {applied.FirstSequence}+{applied.Batch.Length} of {applied.Fence}");
        else Record(fact.ToString()!);
    }

    private void Reply(Life to, FlowMessage message) => Deliver(() => to.Receive(message));

    private void Record(string what) => _history.Add($"{Now.Ticks} {what}");

    /// <summary>One life of a sender unit on one node.</summary>
    private sealed class Life(FlowSimulation world, int number, int sender, FlowFence fence)
    {
        private readonly FlowSender _core = new("f", sender, Settings);
        private readonly List<FlowSenderEffect> _effects = [];
        private readonly SortedDictionary<long, FlowItem> _sent = [];
        private FlowFence _sentUnder;
        private bool _isStopped;
        private bool _isMuted;

        public bool IsStopping { get; set; }

            public void Start() => Do(effects => _core.Start(fence, world.Now, effects));

        public void Stop()
        {
            Do(_core.Stop);
            _isStopped = true;
        }

        public void Mute(bool isMuted)
        {
            _isMuted = isMuted;
            Do(effects => _core.OnSwitch(!isMuted, world.Now, effects));
        }

        public void Receive(FlowMessage message)
        {
            if (_isStopped) return;
            if (message is FlowMessage.OpenAnswer answer && world._sabotage == FlowSabotage.OwnOffset)
                message = answer with { SourceOffset = Math.Max(answer.SourceOffset, _core.SourceOffset + (number % 2)) };
            if (message is FlowMessage.Acknowledged acknowledged && message.Fence == _sentUnder && _core.Phase != FlowSenderPhase.Opening)
                CheckAcknowledged(acknowledged.Position);
            Do(effects => _core.OnMessage(message, world.Now, effects));
        }

        /// <summary>What a sender saw acknowledged stands in the journal, where and as it sent it.</summary>
        private void CheckAcknowledged(long position)
        {
            foreach (var (sequence, item) in _sent.TakeWhile(pair => pair.Key <= position).ToArray())
            {
                FlowJournalCheck.Holds(world._journal, sequence, item);
                _sent.Remove(sequence);
            }
        }

        private void Do(Action<List<FlowSenderEffect>> step)
        {
            if (_isStopped) return;
            step(_effects);
            foreach (var effect in _effects) Perform(effect);
            _effects.Clear();
            if (_core.Deadline is { } deadline) world.After(deadline > world.Now ? deadline - world.Now : TimeSpan.Zero, OnTime);
        }

        private void OnTime()
        {
            if (_core.Deadline is { } deadline && deadline <= world.Now) Do(effects => _core.OnTime(world.Now, effects));
        }

        private void Perform(FlowSenderEffect effect)
        {
            switch (effect)
            {
                case FlowSenderEffect.Send(var message):
                    Invariant.Holds(!_isMuted);
                    Note(message);
                    world.Deliver(() => world.Receive(this, message));
                    break;
                case FlowSenderEffect.Read read:
                    var items = Produce(read);
                    var next = items.Length > 0 ? items[^1].SourceOffset + 1 : read.Offset;
                    world.After(
                        world._random.Below(TimeSpan.FromMilliseconds(30)),
                        () => Do(effects => _core.OnRead(read.Id, items, next, next >= Items, world.Now, effects)));
                    break;
                case FlowSenderEffect.Fail(var refusal):
                    throw new InvariantException($"the sender was told {refusal}");
            }
        }

        private ImmutableArray<FlowItem> Produce(FlowSenderEffect.Read read)
        {
            var count = (int)Math.Min(1 + world.Below(read.ItemsMax), Items - read.Offset);
            return
            [
                .. Enumerable.Range(0, Math.Max(0, count))
                    .Select(i => new FlowItem(read.Offset + i, Encoding.UTF8.GetBytes($"{number}:{read.Offset + i}"))),
            ];
        }

        private void Note(FlowMessage message)
        {
            if (message is not FlowMessage.Items items) return;
            if (items.Fence != _sentUnder) _sent.Clear();
            _sentUnder = items.Fence;
            for (var i = 0; i < items.Batch.Length; i++) _sent[items.FirstSequence + i] = items.Batch[i];
        }
    }
}
