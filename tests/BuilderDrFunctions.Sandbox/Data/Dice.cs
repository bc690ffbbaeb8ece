namespace BuilderDrFunctions.Sandbox.Data;

/// <summary>Cheap random numbers that are the same in every run and on every machine (SplitMix64); <see cref="Random"/> promises neither.</summary>
internal struct Dice(ulong seed)
{
    private ulong state = seed;

    /// <summary>The numbers of one item, whatever was drawn for others.</summary>
    public static Dice For(int seed, int kind, long item) =>
        new(Mix(((ulong)(uint)seed << 32) ^ ((ulong)(uint)kind << 56) ^ (ulong)item));

    public ulong Next() => Mix(state += 0x9E3779B97F4A7C15);

    /// <summary>From 0 to below <paramref name="limit"/>.</summary>
    public int Below(int limit) => (int)(Next() % (ulong)limit);

    /// <summary>True in so many of a hundred cases.</summary>
    public bool Percent(int share) => Below(100) < share;

    public T Pick<T>(IReadOnlyList<T> choices) => choices[Below(choices.Count)];

    public void Fill(Span<byte> bytes)
    {
        while (bytes.Length >= sizeof(ulong))
        {
            BitConverter.TryWriteBytes(bytes, Next());
            bytes = bytes[sizeof(ulong)..];
        }

        for (var i = 0; i < bytes.Length; i++)
        {
            bytes[i] = (byte)Next();
        }
    }

    public byte[] Bytes(int count)
    {
        var bytes = new byte[count];
        Fill(bytes);
        return bytes;
    }

    /// <summary>Lower-case hex digits of so many bytes.</summary>
    public string Hex(int bytes) => Convert.ToHexStringLower(Bytes(bytes));

    private static ulong Mix(ulong z)
    {
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }
}
