using BuilderDrFunctions.Faults;
using BuilderDrFunctions.ObjectStore;

namespace BuilderDrFunctions.Repair;

/// <summary>Mends one artifact so that its trouble is its own, and the bucket's is everybody's.</summary>
internal static class OneObject
{
    private const int MostAttempts = 2;

    /// <summary>Mends it, tried again once; what the bucket still does not give or take of it is said, and keeps no other from being mended.</summary>
    /// <exception cref="TransientFaultException">The bucket as a whole does not answer: the step is to be tried again later.</exception>
    public static async Task<MendReceipt> MendAsync(IObjectStore bucket, string key, Func<Task<MendReceipt>> mend, CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return await mend();
            }
            catch (TransientFaultException fault) when (ObjectStoreFaults.IsAboutOneObject(fault))
            {
                await bucket.CheckAsync(cancellationToken);
                if (attempt == MostAttempts)
                {
                    return MendReceipt.NotMended(key, fault);
                }
            }
        }
    }
}
