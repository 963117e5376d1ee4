using ActorRuntime.Cluster.View;
using ActorRuntime.Util;

namespace ActorRuntime.Cluster.Sharding.Regions;

/// <summary>Where each message for a shard goes: decided from the local view alone.</summary>
/// <remarks>
/// Sans-IO. Model: links between two regions are first in, first out, and break; views reach the nodes at different times.
/// A message whose shard has no living leader, whose sender's view is newer, or that comes while the shard's actor is made to stop, waits in
/// the shard's buffer, and later ones queue behind it.
/// When a shard moves away from a living node, the messages that enter here wait for a barrier that follows the earlier ones by way of that
/// node: so the order of a sender is kept through moves. The barrier is given up when that node is lost or after a time-out.
/// All buffers together are bounded.
/// </remarks>
/// <typeparam name="T">A message with its sender; opaque.</typeparam>
internal sealed class RegionCore<T>(NodeKey self, string type, bool isHost, RegionLimits limits)
    where T : class
{
    private readonly SortedDictionary<string, Shard> _shards = new(StringComparer.Ordinal);
    private ClusterView _view = ClusterView.Empty;
    private bool _isTypeKnown;
    private long _barriers;
    private int _draining;

    private enum Phase
    {
        Unplaced,
        Local,
        Stopping,
        Remote,
    }

    /// <summary>Of the newest view taken in.</summary>
    public long Version => _view.Version;

    /// <summary>Whatever views up to this version took from this node has stopped here.</summary>
    public long HandedOver { get; private set; }

    /// <summary>Messages waiting in all buffers.</summary>
    public int Buffered { get; private set; }

    /// <summary>Messages dropped so far.</summary>
    public long Dropped { get; private set; }

    /// <summary>When to call <see cref="OnTime"/>; null while no barrier is under way.</summary>
    public MonotonicTime? Deadline
    {
        get
        {
            if (_draining == 0) return null;
            MonotonicTime? deadline = null;
            foreach (var shard in _shards.Values)
                if (shard.Drain is { } drain && (deadline is null || drain.Until < deadline)) deadline = drain.Until;
            return deadline;
        }
    }

    /// <summary>This node runs units of the type from now on; until now its region was a proxy.</summary>
    public void BecomeHost() => isHost = true;

    /// <summary>Takes in a newer view.</summary>
    public void OnView(ClusterView view, MonotonicTime now, List<RegionEffect<T>> effects)
    {
        if (view.Version < _view.Version) return;
        _view = view;
        if (!view.Types.TryGetValue(type, out var placed)) return;
        _isTypeKnown = true;
        foreach (var (id, state) in placed.Shards)
        {
            if (!_shards.TryGetValue(id, out var shard)) _shards.Add(id, shard = new Shard());
            if (ReferenceEquals(shard.Seen, state) && IsUnchanged(shard)) continue;
            shard.Seen = state;
            var leader = state.Leader is { } node && view.IsAlive(node) ? node : (NodeKey?)null;
            Place(id, shard, state with { Leader = leader }, now, effects);
        }
        foreach (var (id, shard) in _shards)
            if (shard.Buffer.Count > 0) Flush(id, shard, effects);
        CountHandedOver();
    }

    /// <summary>Takes in a message that enters the cluster here.</summary>
    public void OnMessage(string id, T message, List<RegionEffect<T>> effects)
    {
        var waiting = new Waiting(new RegionLoad<T>(message, null), 0, 0);
        if (_shards.TryGetValue(id, out var shard) && shard.Drain is { } drain)
        {
            if (MayBuffer(id, shard, waiting, effects)) drain.Entered.Enqueue(waiting);
            return;
        }
        Take(id, waiting, effects);
    }

    /// <summary>Takes in what another region forwarded.</summary>
    /// <param name="version">View version its choice rests on.</param>
    /// <param name="hops">Regions that have forwarded it.</param>
    public void OnForwarded(string id, RegionLoad<T> load, long version, int hops, List<RegionEffect<T>> effects)
    {
        if (version > _view.Version) effects.Add(new RegionEffect<T>.Pull(version));
        Take(id, new Waiting(load, version, hops), effects);
    }

    /// <summary>A barrier of this region has come through.</summary>
    public void OnThrough(string id, long barrier, List<RegionEffect<T>> effects)
    {
        if (_shards.TryGetValue(id, out var shard) && shard.Drain?.Id == barrier) EndDrain(id, shard, effects);
    }

    /// <summary>Takes in the passing of time: barriers that did not come back are given up.</summary>
    public void OnTime(MonotonicTime now, List<RegionEffect<T>> effects)
    {
        if (_draining == 0) return;
        foreach (var (id, shard) in _shards)
            if (shard.Drain is { } drain && drain.Until <= now) EndDrain(id, shard, effects);
    }

    /// <summary>A shard's actor has ended.</summary>
    /// <param name="undelivered">What it held, oldest first: goes before everything that came meanwhile.</param>
    public void OnStopped(string id, IReadOnlyCollection<T> undelivered, MonotonicTime now, List<RegionEffect<T>> effects)
    {
        var shard = _shards[id];
        Invariant.Holds(shard.Phase is Phase.Stopping or Phase.Local);
        var later = shard.Buffer.ToArray();
        shard.Buffer.Clear();
        Buffered -= later.Length;
        foreach (var message in undelivered) Requeue(id, shard, new Waiting(new RegionLoad<T>(message, null), 0, 0), effects);
        foreach (var waiting in later) Requeue(id, shard, waiting, effects);
        shard.Phase = Phase.Unplaced;
        Place(id, shard, shard.State, now, effects);
        Flush(id, shard, effects);
        CountHandedOver();
    }

    /// <summary>Waiting messages of one shard, for people.</summary>
    public int BufferedFor(string id) =>
        _shards.TryGetValue(id, out var shard) ? shard.Buffer.Count + (shard.Drain?.Entered.Count ?? 0) : 0;

    /// <summary>A shard that stops was taken by a view after the one that gave it.</summary>
    private void CountHandedOver()
    {
        HandedOver = _view.Version;
        foreach (var shard in _shards.Values)
            if (shard.Phase == Phase.Stopping) HandedOver = Math.Min(HandedOver, shard.StopsTerm);
    }

    private bool IsUnchanged(Shard shard) =>
        (shard.State.Leader is not { } leader || _view.IsAlive(leader)) && (shard.Drain is not { } drain || _view.IsAlive(drain.Via));

    private void Place(string id, Shard shard, View.ShardState state, MonotonicTime now, List<RegionEffect<T>> effects)
    {
        var leads = isHost && state.Leader == self;
        if (shard.Phase == Phase.Local && (!leads || state.Term != shard.State.Term))
        {
            (shard.Phase, shard.StopsTerm) = (Phase.Stopping, shard.State.Term);
            effects.Add(new RegionEffect<T>.Stop(id));
        }
        else if (shard.Phase == Phase.Local && state.Transfer != shard.State.Transfer)
        {
            effects.Add(new RegionEffect<T>.Transfer(id, state.Transfer));
        }
        if (shard.SentTo is { } old && old != state.Leader) Drain(id, shard, old, now, effects);
        else if (shard.Drain is { } drain && !_view.IsAlive(drain.Via)) EndDrain(id, shard, effects);
        shard.State = state;
        if (shard.Phase is Phase.Stopping or Phase.Local) return;
        shard.Phase = leads ? Phase.Local : state.Leader is null ? Phase.Unplaced : Phase.Remote;
        if (leads) effects.Add(new RegionEffect<T>.Start(id, state));
    }

    private void Drain(string id, Shard shard, NodeKey via, MonotonicTime now, List<RegionEffect<T>> effects)
    {
        shard.SentTo = null;
        if (shard.Drain is not null || !_view.IsAlive(via)) return; // while draining nothing of ours went to the node after it
        shard.Drain = new Draining(++_barriers, via, now + limits.DrainFor);
        _draining++;
        for (var count = shard.Buffer.Count; count > 0; count--)
        {
            var waiting = shard.Buffer.Dequeue();
            (waiting.Hops == 0 ? shard.Drain.Entered : shard.Buffer).Enqueue(waiting);
        }
        var load = new RegionLoad<T>(default, new RegionBarrier(self, _barriers));
        effects.Add(new RegionEffect<T>.ToNode(via, id, load, _view.Version, 1));
    }

    private void EndDrain(string id, Shard shard, List<RegionEffect<T>> effects)
    {
        var entered = shard.Drain!.Entered;
        shard.Drain = null;
        _draining--;
        Buffered -= entered.Count;
        foreach (var waiting in entered) Take(id, waiting, effects);
    }

    private void Take(string id, Waiting waiting, List<RegionEffect<T>> effects)
    {
        var isKnown = _shards.TryGetValue(id, out var shard);
        if (!isKnown && _isTypeKnown && waiting.Version <= _view.Version)
        {
            if (waiting.Load.Message is { } message) Drop(id, message, $"type {type} has no shard '{id}' in view {_view.Version}", effects);
            return;
        }
        shard ??= new Shard();
        if (shard.Buffer.Count == 0 && TrySend(id, shard, waiting, effects)) return;
        if (!MayBuffer(id, shard, waiting, effects)) return;
        if (!isKnown) _shards.Add(id, shard);
        shard.Buffer.Enqueue(waiting);
    }

    private void Flush(string id, Shard shard, List<RegionEffect<T>> effects)
    {
        while (shard.Buffer.TryPeek(out var waiting) && TrySend(id, shard, waiting, effects))
        {
            shard.Buffer.Dequeue();
            Buffered--;
        }
    }

    /// <summary>True when the load is gone, one way or the other.</summary>
    private bool TrySend(string id, Shard shard, Waiting waiting, List<RegionEffect<T>> effects)
    {
        if (waiting.Version > _view.Version) return false;
        switch (shard.Phase)
        {
            case Phase.Local:
                if (waiting.Load.Barrier is { } barrier) effects.Add(new RegionEffect<T>.Through(barrier, id));
                else effects.Add(new RegionEffect<T>.ToShard(id, waiting.Load.Message!));
                return true;
            case Phase.Remote when waiting.Hops < limits.HopsMax:
                var leader = shard.State.Leader!.Value;
                if (waiting.Hops == 0) shard.SentTo = leader;
                effects.Add(new RegionEffect<T>.ToNode(leader, id, waiting.Load, _view.Version, waiting.Hops + 1));
                return true;
            case Phase.Remote:
                if (waiting.Load.Message is { } message)
                    Drop(id, message, $"forwarded {waiting.Hops} times; shard {type}/{id} is {Where(shard)}", effects);
                return true;
            default:
                return false;
        }
    }

    private void Requeue(string id, Shard shard, Waiting waiting, List<RegionEffect<T>> effects)
    {
        if (MayBuffer(id, shard, waiting, effects)) shard.Buffer.Enqueue(waiting);
    }

    private bool MayBuffer(string id, Shard shard, Waiting waiting, List<RegionEffect<T>> effects)
    {
        if (Buffered < limits.BufferSize)
        {
            Buffered++;
            return true;
        }
        if (waiting.Load.Message is { } message)
            Drop(id, message, $"the buffer is full (buffer-size = {limits.BufferSize}); shard {type}/{id} is {Where(shard)}", effects);
        return false;
    }

    private void Drop(string id, T message, string why, List<RegionEffect<T>> effects)
    {
        Dropped++;
        effects.Add(new RegionEffect<T>.Drop(id, message, why));
    }

    private string Where(Shard shard) => shard.Phase switch
    {
        Phase.Unplaced => $"not placed in view {_view.Version}",
        Phase.Stopping => "stopping here",
        Phase.Remote => $"led by {shard.State.Leader} in view {_view.Version}",
        _ => "here",
    };

    private readonly record struct Waiting(RegionLoad<T> Load, long Version, int Hops);

    private sealed class Draining(long id, NodeKey via, MonotonicTime until)
    {
        public long Id => id;

        public NodeKey Via => via;

        public MonotonicTime Until => until;

        public Queue<Waiting> Entered { get; } = [];
    }

    private sealed class Shard
    {
        public Phase Phase { get; set; }

        public View.ShardState State { get; set; } = new(0, null, [], null);

        /// <summary>Term of the units that stop.</summary>
        public long StopsTerm { get; set; }

        /// <summary>The state as the view has it.</summary>
        public View.ShardState? Seen { get; set; }

        public Queue<Waiting> Buffer { get; } = [];

        /// <summary>The leader that messages which entered here were sent to.</summary>
        public NodeKey? SentTo { get; set; }

        public Draining? Drain { get; set; }
    }
}
